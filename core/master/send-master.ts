/**
 * Master data on its way into stations' channels. Unlike a receipt it is written over when it changes, so it has a writer
 * of its own: an older one never takes the place of a newer one, and what a station has already is not sent again.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Master, type MasterBody, masterId, masterSchema, signMaster } from '@enroute/shared/schemas/master.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { MAX_CHANNEL_DOC_BYTES } from '@enroute/sync/channel/documents.ts';
import type { CoreDatabases } from '../databases.ts';
import type { CoreKeys } from '../keys.ts';
import { type Database, type Doc, StoreError } from '../store/store.ts';
import { masterOfStation, type StoredMaster } from './country-master.ts';

type Numbered = Omit<StoredMaster, '_rev'>;

/** Others write the same two documents only while they set master data too. */
const MAX_TRIES = 5;
/** Stands for a machine that is not known yet. */
const ANY_MACHINE = '00000';

/** What stations know already is not sent again, unless they may know something else than the core believes. */
export type SendWhen = 'it says something new' | 'always';

/** @returns whether anything had to be sent. */
export async function sendMaster(
  master: Numbered,
  station: string,
  databases: CoreDatabases,
  keys: CoreKeys,
  when: SendWhen = 'it says something new',
): Promise<boolean> {
  const channel = await databases.channel(station);
  const bodies = Object.values(masterOfStation(master, station));
  let sent = false;
  for (const body of bodies) sent = (await put(channel, signMaster(body, keys.signing), when)) || sent;
  return sent;
}

async function put(channel: Database, document: Master, when: SendWhen): Promise<boolean> {
  const _id = masterId(document.kind);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const there = await channel.get<Doc>(_id);
    const known = there && readStored(there);
    if (known && known.number > document.number) return false;
    if (known && when === 'it says something new' && saysTheSame(known, document)) return false;
    const [result] = await channel.write([{ ...document, _id, ...(there && { _rev: there._rev }) }]);
    if (result?.ok) return true;
    if (result?.reason === 'refused') throw new StoreError(`${channel.name} refused ${_id}`, { transient: false });
  }
  throw new StoreError(`${channel.name}: ${_id} is being written by others`, { transient: true });
}

function readStored({ _id, _rev, ...body }: Doc): Master | undefined {
  return masterSchema.safeParse(body).data;
}

/** Number and time change whenever anything changes anywhere in the country. */
function saysTheSame(one: Master, other: Master): boolean {
  const { number: _n, at: _a, signature, ...said } = one;
  const { number: _m, at: _b, signature: otherSignature, ...saidThere } = other;
  return signature.keyId === otherSignature.keyId && isDeepStrictEqual(said, saidThere);
}

/**
 * Every document that this master data makes, for stations that are registered and for those that it names, fits.
 * @throws EnrouteError ENR-MST-001, naming the station, and by how much it is too large.
 */
export function checkSizes(master: Numbered, registered: readonly string[], keys: CoreKeys): void {
  const { machines = [], people = [] } = master.country;
  const centers = people.flatMap((person) => person.centers);
  const stations = new Set([
    ...registered,
    ...machines.map(({ station }) => station),
    ...centers.map((center) => `${center}${ANY_MACHINE}`),
  ]);
  for (const station of stations) {
    for (const body of Object.values(masterOfStation(master, station))) checkSize(body, keys);
  }
}

function checkSize(body: MasterBody, keys: CoreKeys): void {
  const id = masterId(body.kind);
  const bytes = Buffer.byteLength(JSON.stringify({ ...signMaster(body, keys.signing), _id: id }));
  const over = bytes - MAX_CHANNEL_DOC_BYTES;
  if (over > 0) throw new EnrouteError('ENR-MST-001', `${id} for station ${body.station}: ${over} bytes too many`);
}
