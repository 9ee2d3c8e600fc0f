/** What is asked of a changes feed, in CouchDB's words, and what of the answer is shown. */
import { idProblem } from '../rules.ts';
import { fits } from '../selector.ts';
import type { Changes, ChangesQuery } from '../store.ts';
import { type ChangesRow, parseChanges } from './answers.ts';
import type { CouchCall } from './couch-client.ts';

/** CouchDB cuts a longer poll short at its `changes_timeout`, 60 s unless configured; ours ends before that. */
export const MAX_POLL_MS = 50_000;

/**
 * Changes that are looked at in one request when only some are wanted. CouchDB is not asked to choose: it would look
 * through the feed until it had enough, longer than a request may take when little fits, and the next try would begin
 * where that one did.
 */
const LOOK = 500;

interface Page {
  readonly rows: readonly ChangesRow[];
  readonly lastSeq: string;
}

/** @param pollMs how long CouchDB is to wait for a change; at most MAX_POLL_MS. */
export function changesCall(since: string | undefined, query: ChangesQuery, pollMs: number): Omit<CouchCall, 'db'> {
  const wait = pollMs > 0 ? { feed: 'longpoll', timeout: pollMs } : { feed: 'normal' };
  const asked = { since: since ?? '0', limit: pageSize(query), include_docs: true, ...wait };
  return { method: 'GET', path: '_changes', query: asked, extraMs: pollMs };
}

/** Where to go on from is, behind a full page, the seq of its last row: made before anything could be dropped. */
export function readChanges(answer: unknown, query: ChangesQuery): Page {
  const { rows, lastSeq } = parseChanges(answer);
  return { rows, lastSeq: rows.length < pageSize(query) ? lastSeq : (rows.at(-1)?.seq ?? lastSeq) };
}

/** What of a page the caller sees: not the documents of other tools, nor what does not fit, nor more than was asked for. */
export function shown(rows: readonly ChangesRow[], lastSeq: string, { limit, selector }: ChangesQuery): Changes {
  const wanted = rows.filter(({ id, doc }) => {
    return idProblem(id) === undefined && (selector === undefined || fits(selector, doc));
  });
  const changes = wanted.slice(0, limit);
  return { changes, lastSeq: wanted.length > limit ? (changes.at(-1)?.seq ?? lastSeq) : lastSeq };
}

function pageSize({ limit, selector }: ChangesQuery): number {
  return selector === undefined ? limit : Math.max(limit, LOOK);
}
