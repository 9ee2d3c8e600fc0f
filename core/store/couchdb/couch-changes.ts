/** What is asked of a changes feed, in CouchDB's words. */
import { fits } from '../selector.ts';
import type { ChangesQuery, Selector } from '../store.ts';
import { type ChangesRow, parseChanges } from './answers.ts';
import type { CouchCall } from './couch-client.ts';

/** CouchDB cuts a longer poll short at its `changes_timeout`, 60 s unless configured; ours ends before that. */
export const MAX_POLL_MS = 50_000;

/** @param pollMs how long CouchDB is to wait for a change; at most MAX_POLL_MS. */
export function changesCall(
  since: string | undefined,
  { limit, selector }: ChangesQuery,
  pollMs: number,
): Omit<CouchCall, 'db'> {
  const wait = pollMs > 0 ? { feed: 'longpoll', timeout: pollMs } : { feed: 'normal' };
  const query = { since: since ?? '0', limit, include_docs: true, ...wait };
  const call = { path: '_changes', extraMs: pollMs };
  if (selector === undefined) return { ...call, method: 'GET', query };
  const body = JSON.stringify({ selector: { [selector.field]: { $in: selector.values } } });
  return { ...call, method: 'POST', query: { ...query, filter: '_selector' }, body };
}

/**
 * Where to go on from. Not from `last_seq` of a full page: with a filter on more than one shard, CouchDB 3.5 counts it
 * past a document that it dropped because the page was full, when what the shard sent next did not fit (it keeps the seq of
 * a row that does not pass, and not that of the dropped row before it). A row's own seq is made before anything is dropped.
 */
export function readChanges(answer: unknown, limit: number): ReturnType<typeof parseChanges> {
  const { rows, lastSeq } = parseChanges(answer);
  return { rows, lastSeq: rows.length < limit ? lastSeq : (rows.at(-1)?.seq ?? lastSeq) };
}

/** Looks again: CouchDB's filter also takes a list that holds a value, and fields that a deletion left. */
export function fitting({ doc, deleted }: ChangesRow, selector: Selector | undefined): boolean {
  return selector === undefined || (!deleted && fits(selector, doc));
}
