/**
 * One long poll on `_db_updates` that says in which databases something was written.
 *
 * CouchDB keeps these news in a database of its own, `_global_changes`, which an administrator may not have made; without
 * it there are none, so it is made here. The news come up to a second late, several writes as one, and what was written
 * in the last second before a node dies may never be told.
 */
import { type BackOff, fullJitter } from '@enroute/sync/link/back-off.ts';
import { elapse } from '@enroute/sync/link/elapse.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { OnTrouble } from '../store.ts';
import { parseUpdates } from './answers.ts';
import { MAX_POLL_MS } from './couch-changes.ts';
import { type CouchClient, CouchError } from './couch-client.ts';

const NEWS = '_global_changes';
const BACK_OFF: BackOff = { baseMs: 500, capMs: 30_000 };
/** After an answer that is early and empty: something in between may answer so every time. */
const PAUSE_MS = 100;
/** Failures on end before they are told: about a minute of them, which no restart of a server should take. */
const FAILURES_TO_TELL = 8;
const NOT_FOUND = 404;
const PRECONDITION_FAILED = 412;

export interface CouchWatchParts {
  readonly client: CouchClient;
  readonly lifecycle: Lifecycle;
  /** `q` and `n` of the database that is made when it is missing. */
  readonly shape: Readonly<Record<'q' | 'n', number>>;
  /** Told every name, those of other cores and of CouchDB itself too. */
  readonly onUpdate: (fullName: string) => void;
  readonly onTrouble?: OnTrouble | undefined;
}

/**
 * Resolves when everything written from now on will be told.
 * @returns ends it
 * @throws StoreError when CouchDB can't be reached now; later failures are tried again, for as long as it takes.
 */
export async function watchUpdates(parts: CouchWatchParts): Promise<() => Promise<void>> {
  const ending = new AbortController();
  const forget = parts.lifecycle.onEnd(() => ending.abort());
  let since: string;
  try {
    since = await present(parts, ending.signal);
  } catch (error) {
    forget();
    throw error;
  }
  const following = follow(parts, since, ending.signal);
  return async () => {
    forget();
    ending.abort();
    await following;
  };
}

async function follow(parts: CouchWatchParts, start: string, signal: AbortSignal): Promise<void> {
  let since: string | undefined = start;
  for (let failures = 0; !signal.aborted; ) {
    try {
      since ??= await present(parts, signal);
      const { names, lastSeq } = await poll(parts.client, since, MAX_POLL_MS, signal);
      since = lastSeq;
      failures = 0;
      for (const name of names) parts.onUpdate(name);
      if (names.length === 0) await elapse(PAUSE_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      // A refusal is one of the place to go on from, which a restored server does not know: go on from now.
      if (error instanceof CouchError && !error.transient) since = undefined;
      failures += 1;
      if (failures % FAILURES_TO_TELL === 0) parts.onTrouble?.(error);
      await fullJitter(failures - 1, BACK_OFF, signal);
    }
  }
}

/** Where the news are now. */
async function present(parts: CouchWatchParts, signal: AbortSignal): Promise<string> {
  try {
    return (await poll(parts.client, 'now', 0, signal)).lastSeq;
  } catch (error) {
    if (!(error instanceof CouchError && error.status === NOT_FOUND)) throw error;
  }
  await makeNews(parts);
  return (await poll(parts.client, 'now', 0, signal)).lastSeq;
}

async function makeNews({ client, shape }: CouchWatchParts): Promise<void> {
  try {
    await client.request({ method: 'PUT', db: NEWS, query: shape });
  } catch (error) {
    const exists = error instanceof CouchError && error.status === PRECONDITION_FAILED;
    if (!exists) throw error;
  }
}

async function poll(client: CouchClient, since: string, pollMs: number, signal: AbortSignal) {
  const wait = pollMs > 0 ? { feed: 'longpoll', timeout: pollMs } : { feed: 'normal' };
  const query = { since, ...wait };
  return parseUpdates(await client.request({ method: 'GET', db: '_db_updates', query, extraMs: pollMs, signal }));
}
