/**
 * The conservation law: packets in = terminal + parked + queued + dead-lettered. What came in is counted where it came
 * in, in the stations' channels; where it is, in the registrations; and what should exist besides is looked for: the
 * bytes of what was received, the receipt of what has ended. Whatever is missing is named.
 */
import { type ConservationHeap, heapOf } from '@enroute/shared/registration/states.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { receiptId } from '@enroute/shared/schemas/receipt.ts';
import type { CoreDatabases, StoredRegistration } from '../databases.ts';
import { type Database, type Doc, MAX_BATCH } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';

export interface Conservation {
  /** Manifests in all channels. */
  readonly packetsIn: number;
  readonly heaps: Readonly<Record<ConservationHeap, number>>;
  /** RIDs, each with what is missing; at most MAX_NAMED of them. */
  readonly violations: readonly string[];
  readonly holds: boolean;
}

const MAX_NAMED = 100;

/** @param stations every registered station */
export async function checkConservation(
  stations: readonly string[],
  databases: CoreDatabases,
  vault: Vault,
): Promise<Conservation> {
  const heaps: Record<ConservationHeap, number> = { queued: 0, parked: 0, deadLettered: 0, terminal: 0 };
  const violations: string[] = [];
  let packetsIn = 0;

  for (const station of stations) {
    const channel = await databases.channel(station);
    for await (const page of pages<Doc>(channel, 'manifest:', 'manifest;')) {
      packetsIn += page.length;
      const rids = page.map(({ _id }) => _id.slice(manifestId('').length));
      const known = new Set((await databases.registrations.getMany(rids)).map(({ _id }) => _id));
      for (const rid of rids) if (!known.has(rid)) violations.push(`${rid}: announced, but not registered`);
    }
  }

  for await (const page of pages<StoredRegistration>(databases.registrations, '0', ':')) {
    for (const { state } of page) heaps[heapOf(state)] += 1;
    violations.push(...(await missing(page, databases, vault)));
  }

  const accounted = heaps.queued + heaps.parked + heaps.deadLettered + heaps.terminal;
  const holds = violations.length === 0 && packetsIn === accounted;
  return { packetsIn, heaps, violations: violations.slice(0, MAX_NAMED), holds };
}

async function missing(page: readonly StoredRegistration[], databases: CoreDatabases, vault: Vault): Promise<string[]> {
  const problems: string[] = [];
  for (const { _id: rid, state, packet } of page) {
    if (state !== 'ANNOUNCED' && !(await vault.has(packet.digest)))
      problems.push(`${rid}: received, but not in the vault`);
  }
  const ended = page.filter(({ state }) => heapOf(state) === 'terminal');
  for (const [station, those] of Map.groupBy(ended, (registration) => registration.station)) {
    const ids = those.map(({ _id }) => receiptId(_id, 'OUTCOME'));
    const told = new Set((await (await databases.channel(station)).getMany(ids)).map(({ _id }) => _id));
    for (const { _id: rid } of those) {
      if (!told.has(receiptId(rid, 'OUTCOME'))) problems.push(`${rid}: ended, but the station was not told`);
    }
  }
  return problems;
}

async function* pages<T extends Doc>(db: Database, first: string, end: string): AsyncGenerator<readonly T[]> {
  for (let start = first; ; ) {
    const page = await db.range<T>({ start, end, limit: MAX_BATCH });
    yield page;
    const last = page.at(-1);
    if (page.length < MAX_BATCH || !last) return;
    start = `${last._id}\u0000`;
  }
}
