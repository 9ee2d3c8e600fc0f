/** One database of a CouchDB server. */
import { type Admitted, conflict, writeBatch } from '../batch.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { compareIds, idProblem, requireChanges, requireIds, requireRange } from '../rules.ts';
import {
  type Changes,
  type ChangesQuery,
  type Database,
  type DatabaseInfo,
  type Doc,
  type RangeQuery,
  type Stored,
  StoreError,
  type WriteResult,
} from '../store.ts';
import { type AllDocsRow, type BulkRow, parseAllDocs, parseBulk, parseChanges, parseInfo } from './answers.ts';
import type { CouchCall, CouchClient } from './couch-client.ts';

/** CouchDB cuts a longer poll short at its `changes_timeout`, 60 s unless configured; ours ends before that. */
const MAX_POLL_MS = 50_000;

export interface CouchParts {
  readonly name: string;
  /** The name on the server. */
  readonly fullName: string;
  readonly client: CouchClient;
  readonly lifecycle: Lifecycle;
}

export class CouchDatabase implements Database {
  readonly name: string;
  readonly #parts: CouchParts;
  readonly #polls = new Set<AbortController>();

  constructor(parts: CouchParts) {
    this.name = parts.name;
    this.#parts = parts;
    parts.lifecycle.onEnd(() => {
      for (const poll of this.#polls) poll.abort();
    });
  }

  async get<T extends Doc>(id: string): Promise<Stored<T> | undefined> {
    const [found] = await this.getMany<T>([id]);
    return found;
  }

  getMany<T extends Doc>(ids: readonly string[]): Promise<Stored<T>[]> {
    return this.#parts.lifecycle.run(async () => {
      requireIds(ids);
      if (ids.length === 0) return [];
      const rows = await this.#allDocs({ keys: [...new Set(ids)] });
      // The caller says what it stored under these ids; the store can't know.
      return rows.flatMap(({ doc }) => doc ?? []) as Stored<T>[];
    });
  }

  range<T extends Doc>(query: RangeQuery): Promise<Stored<T>[]> {
    return this.#parts.lifecycle.run(async () => {
      requireRange(query);
      const found: Stored<Doc>[] = [];
      let { start, end } = query;
      // More than one turn only when other tools put documents of their own (`_design/…`) into the range.
      while (found.length < query.limit && compareIds(start, end) < 0) {
        const limit = query.limit - found.length;
        const page =
          query.descending === true ? await this.#down(start, end, limit) : await this.#up(start, end, limit);
        found.push(...page.rows.flatMap(({ id, doc }) => (doc === undefined || idProblem(id) ? [] : doc)));
        const last = page.rows.at(-1);
        if (page.complete || last === undefined) break;
        if (query.descending === true) end = last.id;
        else start = `${last.id}\u0000`;
      }
      return found as Stored<T>[];
    });
  }

  write(docs: readonly Doc[]): Promise<WriteResult[]> {
    return this.#parts.lifecycle.run(() => writeBatch(docs, (batch) => this.#send(batch)));
  }

  changes(query: ChangesQuery): Promise<Changes> {
    return this.#parts.lifecycle.run(async () => {
      requireChanges(query);
      const deadline = performance.now() + query.waitMs;
      let since = query.since ?? '0';
      for (;;) {
        const leftMs = Math.max(0, Math.ceil(deadline - performance.now()));
        const { rows, lastSeq } = await this.#poll(since, query, Math.min(leftMs, MAX_POLL_MS));
        const changes = rows.filter(({ id }) => idProblem(id) === undefined);
        // A poll may end with nothing to show: cut short by the server, or woken by a document of another tool.
        const skipped = rows.length > 0;
        if (changes.length > 0 || (!skipped && performance.now() >= deadline)) return { changes, lastSeq };
        since = lastSeq;
      }
    });
  }

  info(): Promise<DatabaseInfo> {
    return this.#parts.lifecycle.run(async () => {
      const info = parseInfo(await this.#request({ method: 'GET' }));
      return { name: this.name, ...info };
    });
  }

  async #up(start: string, end: string, limit: number): Promise<{ rows: AllDocsRow[]; complete: boolean }> {
    const rows = await this.#allDocs({ startkey: start, endkey: end, inclusive_end: false, limit });
    return { rows, complete: rows.length < limit };
  }

  /** CouchDB can't leave out the key that it starts from, so one row more is asked for and that one is dropped. */
  async #down(start: string, end: string, limit: number): Promise<{ rows: AllDocsRow[]; complete: boolean }> {
    const asked = { startkey: end, endkey: start, descending: true, limit: limit + 1 };
    const rows = await this.#allDocs(asked);
    return { rows: rows.filter(({ id }) => id !== end).slice(0, limit), complete: rows.length < limit + 1 };
  }

  async #allDocs(body: object): Promise<AllDocsRow[]> {
    const json = JSON.stringify({ ...body, include_docs: true });
    return parseAllDocs(await this.#request({ method: 'POST', path: '_all_docs', body: json }));
  }

  async #poll(since: string, query: ChangesQuery, pollMs: number): Promise<ReturnType<typeof parseChanges>> {
    const wait = pollMs > 0 ? { feed: 'longpoll', timeout: pollMs } : { feed: 'normal' };
    const ending = new AbortController();
    const abort = (): void => ending.abort();
    query.signal?.throwIfAborted();
    this.#parts.lifecycle.requireOpen();
    this.#polls.add(ending);
    query.signal?.addEventListener('abort', abort);
    try {
      const answer = await this.#request({
        method: 'GET',
        path: '_changes',
        query: { since, limit: query.limit, include_docs: true, ...wait },
        extraMs: pollMs,
        signal: ending.signal,
      });
      return parseChanges(answer);
    } catch (error) {
      query.signal?.throwIfAborted();
      this.#parts.lifecycle.requireOpen();
      throw error;
    } finally {
      this.#polls.delete(ending);
      query.signal?.removeEventListener('abort', abort);
    }
  }

  async #send(batch: readonly Admitted[]): Promise<WriteResult[]> {
    const body = `{"docs":[${batch.map(({ json }) => json).join(',')}]}`;
    return parseBulk(await this.#request({ method: 'POST', path: '_bulk_docs', body })).map(toResult);
  }

  #request(call: Omit<CouchCall, 'db'>): Promise<unknown> {
    return this.#parts.client.request({ ...call, db: this.#parts.fullName });
  }
}

function toResult({ id, rev, error, reason }: BulkRow): WriteResult {
  if (rev !== undefined) return { ok: true, id, rev };
  if (error === 'conflict') return conflict(id, 'Another revision is there.');
  // A validation function of the database said no.
  if (error === 'forbidden' || error === 'unauthorized') return { ok: false, id, reason: 'refused', detail: reason };
  throw new StoreError(`CouchDB could not write a document: ${error}.`, { transient: true });
}
