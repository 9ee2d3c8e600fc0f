/**
 * The conservation law: packets in = terminal + parked + queued + dead-lettered. What came in is counted where it came
 * in, in the stations' channels; where it is, in the registrations; and what should exist besides is looked for: the
 * bytes of what was received, the receipt of what has ended. Whatever is missing, on either side, is named: so both sides
 * are equal where nothing is, but for what is just being announced.
 *
 * It may be checked while work goes on: then the numbers are those of different moments, and what is named is still true.
 * It reads, and writes nothing: a channel that is not there has no manifests.
 */
import { type ConservationHeap, heapOf } from '@enroute/shared/registration/states.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { receiptId } from '@enroute/shared/schemas/receipt.ts';
import { channelName } from '@enroute/sync/channel/documents.ts';
import type { CoreDatabases, StoredRegistration } from '../databases.ts';
import { EVERY_RID, pages } from '../store/pages.ts';
import type { Database, Doc, Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';

export interface Conservation {
  /** Manifests in all channels. */
  readonly packetsIn: number;
  readonly heaps: Readonly<Record<ConservationHeap, number>>;
  /** RIDs, each with what is missing; at most MAX_NAMED of them. */
  readonly violations: readonly string[];
  readonly holds: boolean;
}

export interface ConservationParts {
  readonly store: Pick<Store, 'list'>;
  readonly databases: CoreDatabases;
  readonly vault: Pick<Vault, 'held'>;
  readonly now: Date;
}

const MAX_NAMED = 100;
/** A registration is written just before its manifest; a core that died in between is told again by the station. */
const ANNOUNCING_MS = 24 * 60 * 60 * 1_000;

/** @throws the signal's reason when it is aborted */
export async function checkConservation(
  { store, databases, vault, now }: ConservationParts,
  signal?: AbortSignal,
): Promise<Conservation> {
  const heaps: Record<ConservationHeap, number> = { queued: 0, parked: 0, deadLettered: 0, terminal: 0 };
  const violations: string[] = [];
  const name = (found: readonly string[]): void => {
    violations.push(...found.slice(0, MAX_NAMED - violations.length));
  };
  let packetsIn = 0;

  const stations = new Set((await store.list(channelName(''))).map((name) => name.slice(channelName('').length)));
  for (const station of stations) {
    signal?.throwIfAborted();
    const channel = await databases.channel(station);
    for await (const page of pages<Doc>(channel, { start: 'manifest:', end: 'manifest;' })) {
      packetsIn += page.length;
      name(await unregistered(page, station, databases));
    }
  }
  for await (const page of pages<StoredRegistration>(databases.registrations, EVERY_RID)) {
    signal?.throwIfAborted();
    for (const { state } of page) heaps[heapOf(state)] += 1;
    for (const [station, those] of Map.groupBy(page, (registration) => registration.station)) {
      const channel = stations.has(station) ? await databases.channel(station) : undefined;
      name(await untold(those, channel, now));
    }
    name(await unkept(page, vault));
  }
  return { packetsIn, heaps, violations, holds: violations.length === 0 };
}

/** @param station the one whose channel they lie in */
async function unregistered(manifests: readonly Doc[], station: string, databases: CoreDatabases): Promise<string[]> {
  const rids = manifests.map(({ _id }) => _id.slice(manifestId('').length));
  const found = await databases.registrations.getMany<StoredRegistration>(rids);
  const stationOf = new Map(found.map((registration) => [registration._id, registration.station]));
  return rids.flatMap((rid) => {
    const registered = stationOf.get(rid);
    if (registered === station) return [];
    return registered === undefined
      ? `${rid}: announced, but not registered`
      : `${rid}: announced by ${station}, but registered for ${registered}`;
  });
}

/**
 * @param those registrations of one station
 * @param channel undefined when it has none
 */
async function untold(
  those: readonly StoredRegistration[],
  channel: Database | undefined,
  now: Date,
): Promise<string[]> {
  const there = async (ids: readonly string[]): Promise<ReadonlySet<string>> =>
    new Set((channel ? await channel.getMany(ids) : []).map(({ _id }) => _id));
  const announcing = new Date(now.getTime() - ANNOUNCING_MS).toISOString();
  const announced = those
    .filter(({ state, announcedAt }) => state !== 'ANNOUNCED' || announcedAt < announcing)
    .map(({ _id }) => _id);
  const ended = those.filter(({ state }) => heapOf(state) === 'terminal').map(({ _id }) => _id);
  const manifests = await there(announced.map(manifestId));
  const receipts = await there(ended.map((rid) => receiptId(rid, 'OUTCOME')));
  return [
    ...announced.filter((rid) => !manifests.has(manifestId(rid))).map((rid) => `${rid}: registered, but not announced`),
    ...ended
      .filter((rid) => !receipts.has(receiptId(rid, 'OUTCOME')))
      .map((rid) => `${rid}: ended, but the station was not told`),
  ];
}

async function unkept(page: readonly StoredRegistration[], vault: Pick<Vault, 'held'>): Promise<string[]> {
  const received = page.filter(({ state }) => state !== 'ANNOUNCED');
  const held = await vault.held(received.map(({ packet }) => packet.digest));
  return received
    .filter(({ packet }) => !held.has(packet.digest))
    .map(({ _id: rid }) => `${rid}: received, but not in the vault`);
}
