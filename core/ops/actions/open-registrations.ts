/**
 * Reads the registrations that are in some states and have not ended: those on the roll, and what has moved since it was
 * called. Without a roll, or where there are too many for it, the whole feed is read, which in a country takes minutes.
 */
import type { StoredRegistration } from '../../databases.ts';
import { type Database, type Doc, MAX_BATCH, type Stored } from '../../store/store.ts';
import { readRoll } from '../census/kept-census.ts';
import type { OpenState } from '../census/roll.ts';

const MOST_REMEMBERED = 10_000;

export interface OpenRegistrationsOptions {
  readonly registrations: Database;
  /** Where the roll is kept. */
  readonly checkpoints: Database;
  readonly signal: AbortSignal;
}

/**
 * One that moves meanwhile may come again; its newest state is the last that comes.
 * @throws StoreError; the signal's reason when it is aborted
 */
export async function* openRegistrations(
  states: readonly OpenState[],
  { registrations, checkpoints, signal }: OpenRegistrationsOptions,
): AsyncGenerator<readonly StoredRegistration[]> {
  const roll = await readRoll(checkpoints);
  const listed = states.map((state) => roll?.rids[state]);
  const isListed = listed.every((rids) => rids !== undefined);
  if (isListed) yield* byRid(listed.flat(), registrations, signal);
  yield* byFeed(states, isListed ? roll?.since : undefined, registrations, signal);
}

/** @throws StoreError; the signal's reason when it is aborted */
export async function* byRid(
  rids: readonly string[],
  registrations: Database,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredRegistration[]> {
  for (let from = 0; from < rids.length; from += MAX_BATCH) {
    signal.throwIfAborted();
    yield await registrations.getMany<StoredRegistration>(rids.slice(from, from + MAX_BATCH));
  }
}

/**
 * While the pipeline runs the feed has no end: whatever was read moves, and stands at its tip again. One that comes a
 * second time has moved since reading began, so what was there then is behind, and the next page is the last.
 */
async function* byFeed(
  states: readonly OpenState[],
  from: string | undefined,
  registrations: Database,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredRegistration[]> {
  const selector = { field: 'state', values: states };
  /** Some of them are enough to notice it. */
  const seen = new Set<string>();
  let isLast = false;
  for (let since = from; ; ) {
    const { changes, lastSeq } = await registrations.changes({ since, limit: MAX_BATCH, waitMs: 0, selector, signal });
    if (changes.length === 0) return;
    yield changes.map(({ doc }) => doc as Stored<Doc> & StoredRegistration);
    if (isLast) return;
    isLast = changes.some(({ id }) => seen.has(id));
    if (seen.size < MOST_REMEMBERED) for (const { id } of changes) seen.add(id);
    since = lastSeq;
  }
}
