/** The audit for people to read, the newest first. */
import type { Database } from '../store/store.ts';
import { type Entry, type EntryDoc, EVERY_ENTRY } from './entry.ts';

export type ListedEntry = Pick<
  Entry,
  'writer' | 'n' | 'at' | 'by' | 'act' | 'done' | 'outcome' | 'address' | 'requestId'
>;

export interface EntryPage {
  readonly entries: readonly ListedEntry[];
  /** Where to go on from, towards older ones; absent when there are none. */
  readonly before?: string;
}

/** @param before from an earlier page @param limit 1 to 999 */
export async function listEntries(database: Database, limit: number, before?: string): Promise<EntryPage> {
  const end = before === undefined || before > EVERY_ENTRY.end ? EVERY_ENTRY.end : before;
  const found = await database.range<EntryDoc>({ start: EVERY_ENTRY.start, end, limit: limit + 1, descending: true });
  const page = found.slice(0, limit);
  const oldest = found.length > limit ? page.at(-1) : undefined;
  const entries = page.map(({ writer, n, at, by, act, done, outcome, address, requestId }) => ({
    writer,
    n,
    at,
    by,
    act,
    outcome,
    ...(done !== undefined && { done }),
    ...(address !== undefined && { address }),
    ...(requestId !== undefined && { requestId }),
  }));
  return { entries, ...(oldest && { before: oldest._id }) };
}
