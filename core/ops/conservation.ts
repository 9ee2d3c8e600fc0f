/**
 * The conservation law: packets in = terminal + parked + queued + dead-lettered. What came in is counted where it came
 * in, in the stations' channels; where it is, in the registrations; and what should exist besides is looked for: the
 * bytes of what was received, the receipt of what has ended. Whatever is missing, on either side, is named.
 *
 * It may be checked while work goes on: then the numbers are those of different moments, and what is named is still true.
 */
import { type ConservationHeap, heapOf } from '@enroute/shared/registration/states.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { receiptId } from '@enroute/shared/schemas/receipt.ts';
import type { CoreDatabases, StoredRegistration } from '../databases.ts';
import { EVERY_RID, pages } from '../store/pages.ts';
import type { Database, Doc } from '../store/store.ts';
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
  const name = (found: readonly string[]): void => {
    violations.push(...found.slice(0, MAX_NAMED - violations.length));
  };
  let packetsIn = 0;

  for (const station of stations) {
    const channel = await databases.channel(station);
    for await (const page of pages<Doc>(channel, { start: 'manifest:', end: 'manifest;' })) {
      packetsIn += page.length;
      name(await unregistered(page, databases));
    }
  }
  for await (const page of pages<StoredRegistration>(databases.registrations, EVERY_RID)) {
    for (const { state } of page) heaps[heapOf(state)] += 1;
    for (const [station, those] of Map.groupBy(page, (registration) => registration.station)) {
      name(await untold(those, await databases.channel(station)));
    }
    name(await unkept(page, vault));
  }
  return { packetsIn, heaps, violations, holds: violations.length === 0 };
}

async function unregistered(manifests: readonly Doc[], databases: CoreDatabases): Promise<string[]> {
  const rids = manifests.map(({ _id }) => _id.slice(manifestId('').length));
  const known = new Set((await databases.registrations.getMany(rids)).map(({ _id }) => _id));
  return rids.filter((rid) => !known.has(rid)).map((rid) => `${rid}: announced, but not registered`);
}

/** @param those registrations of one station */
async function untold(those: readonly StoredRegistration[], channel: Database): Promise<string[]> {
  const there = async (ids: readonly string[]): Promise<ReadonlySet<string>> =>
    new Set((await channel.getMany(ids)).map(({ _id }) => _id));
  // The registration is written just before its manifest: one without is a moment, or a station that will say it again.
  const announced = those.filter(({ state }) => state !== 'ANNOUNCED').map(({ _id }) => _id);
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

async function unkept(page: readonly StoredRegistration[], vault: Vault): Promise<string[]> {
  const received = page.filter(({ state }) => state !== 'ANNOUNCED');
  const held = await vault.held(received.map(({ packet }) => packet.digest));
  return received
    .filter(({ packet }) => !held.has(packet.digest))
    .map(({ _id: rid }) => `${rid}: received, but not in the vault`);
}
