/**
 * Setting a country's master data: first it is made durable in the core, then it is sent to every station that it
 * concerns. A crash in between leaves stations with what they had; to set the same again changes nothing in the core
 * and sends what is missing.
 */
import { isDeepStrictEqual } from 'node:util';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { CoreDatabases } from '../databases.ts';
import { type CoreKeys, nextGeneration } from '../keys.ts';
import type { Database, Doc } from '../store/store.ts';
import { type CountryMaster, type StoredMaster, storedMasterSchema } from './country-master.ts';
import { checkSizes, type SendWhen, sendMaster } from './send-master.ts';

const COUNTRY_ID = 'country';

export interface MasterSet {
  readonly number: number;
  /** False when it was set already. */
  readonly changed: boolean;
  /** Stations whose channel was written to. */
  readonly sent: number;
}

/** What was set last; undefined in a country that has set nothing. */
export async function readMaster(db: Database): Promise<StoredMaster | undefined> {
  const doc = await db.get<Doc>(COUNTRY_ID);
  return doc ? storedMasterSchema.parse(doc) : undefined;
}

/**
 * @param stations tells every registered station
 * @throws EnrouteError ENR-MST-001 when it does not fit a station's channel, ENR-WEB-002 when someone else sets it now.
 *   Nothing was set then.
 */
export async function setMaster(
  country: CountryMaster,
  databases: CoreDatabases,
  keys: CoreKeys,
  stations: () => Promise<readonly string[]>,
  now: Date,
): Promise<MasterSet> {
  const before = await readMaster(databases.master);
  const changed = !isDeepStrictEqual(before?.country, country);
  const next = changed ? { number: (before?.number ?? 0) + 1, at: now.toISOString(), country } : undefined;
  if (next) {
    checkSizes(next, await stations(), keys);
    await write(databases.master, { _id: COUNTRY_ID, ...(before && { _rev: before._rev }), ...next });
  }
  const current = next ?? before;
  if (!current) throw new Error('There is no master data after it was set.');
  return {
    number: current.number,
    changed,
    sent: await sendToAll(current, databases, keys, stations, 'it says something new'),
  };
}

/**
 * Gives what is set a number above every one that stations may have seen, and sends it again. For a core that was
 * restored from a backup: it has forgotten the numbers that it gave since, and stations keep the higher one. It is also
 * above the epoch's generation, so that a key file that was not set back makes up for a clock that is behind.
 */
export async function renumberMaster(
  databases: CoreDatabases,
  keys: CoreKeys,
  stations: () => Promise<readonly string[]>,
  now: Date,
): Promise<void> {
  const before = await readMaster(databases.master);
  if (!before) return;
  const number = nextGeneration(Math.max(before.number, keys.generation), now);
  const next = { number, at: now.toISOString(), country: before.country };
  await write(databases.master, { _id: COUNTRY_ID, _rev: before._rev, ...next });
  await sendToAll(next, databases, keys, stations, 'always');
}

/** @returns to how many. */
async function sendToAll(
  master: Omit<StoredMaster, '_rev'>,
  databases: CoreDatabases,
  keys: CoreKeys,
  stations: () => Promise<readonly string[]>,
  when: SendWhen,
): Promise<number> {
  let sent = 0;
  // Listed after it was set: whoever is registered from now on is sent it then.
  for (const station of await stations()) {
    if (await sendMaster(master, station, databases, keys, when)) sent += 1;
  }
  return sent;
}

async function write(db: Database, doc: Doc): Promise<void> {
  const [result] = await db.write([doc]);
  if (!result?.ok) throw new EnrouteError('ENR-WEB-002', `master data: ${result?.reason}`);
}
