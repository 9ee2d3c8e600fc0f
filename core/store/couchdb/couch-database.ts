/** One database of a CouchDB server. No view is ever asked: every question is one of ids, ranges of ids, or changes. */
import { elapse } from '@enroute/sync/link/elapse.ts';
import { type Admitted, conflict, writeBatch } from '../batch.ts';
import { addressOf, BESIDE, BESIDE_TYPE, writeBeside } from '../beside.ts';
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
import {
  type AllDocsRow,
  type BulkRow,
  parseAllDocs,
  parseBulk,
  parseDoc,
  parseInfo,
  parsePending,
  parseWritten,
} from './answers.ts';
import type { Quorum } from './cluster.ts';
import { changesCall, MAX_POLL_MS, readChanges, shown } from './couch-changes.ts';
import { type CouchCall, type CouchClient, CouchError } from './couch-client.ts';

export interface CouchParts {
  readonly name: string;
  /** The name on the server. */
  readonly fullName: string;
  readonly quorum: Quorum;
  readonly client: CouchClient;
  readonly lifecycle: Lifecycle;
}

const NOT_FOUND = 404;
const CONFLICT = 409;
const FORBIDDEN = 403;
/** CouchDB's words for a document, or bytes beside one, that are not there. Any other 404 says something else. */
const ABSENT = new Set(['missing', 'deleted', 'Document is missing attachment']);
/** Before the next question when a poll ended early and empty: something in between may answer so every time. */
const POLL_PAUSE_MS = 100;

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

  /** In a cluster `r` copies are compared, so that what was written before is surely seen. */
  async get<T extends Doc>(id: string): Promise<Stored<T> | undefined> {
    const address = idProblem(id) === undefined ? addressOf(id) : undefined;
    if (this.#parts.quorum.n === 1 || address === undefined) return (await this.getMany<T>([id]))[0];
    const { r } = this.#parts.quorum;
    return this.#parts.lifecycle.run(async () => {
      const answer = await this.#find({ method: 'GET', document: address, query: { r } });
      return answer === undefined ? undefined : (parseDoc(answer) as Stored<T>);
    });
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

  writeWithBytes(doc: Doc, bytes: Uint8Array): Promise<WriteResult> {
    return this.#parts.lifecycle.run(() => writeBeside(doc, bytes, (admitted) => this.#sendBeside(admitted, bytes)));
  }

  bytesOf(id: string): Promise<Uint8Array | undefined> {
    return this.#parts.lifecycle.run(async () => {
      requireIds([id]);
      const address = addressOf(id);
      if (address === undefined) return undefined;
      const { r } = this.#parts.quorum;
      const answer = await this.#find({ method: 'GET', document: `${address}/${BESIDE}`, query: { r } });
      if (answer === undefined || answer instanceof Uint8Array) return answer;
      throw new StoreError('CouchDB answered something else than the bytes asked for.', { transient: true });
    });
  }

  changes(query: ChangesQuery): Promise<Changes> {
    return this.#parts.lifecycle.run(async () => {
      requireChanges(query);
      const deadline = performance.now() + query.waitMs;
      let { since } = query;
      for (;;) {
        const leftMs = Math.max(0, Math.ceil(deadline - performance.now()));
        const { rows, lastSeq } = await this.#poll(since, query, Math.min(leftMs, MAX_POLL_MS));
        const page = shown(rows, lastSeq, query);
        // A poll may end with nothing to show: cut short by the server, or woken by what does not fit or is of another tool.
        const skipped = rows.length > 0;
        if (page.changes.length > 0 || (!skipped && performance.now() >= deadline)) return page;
        since = lastSeq;
      }
    });
  }

  pending(since: string | undefined): Promise<number> {
    return this.#parts.lifecycle.run(async () => {
      const query = { since: since ?? '0', limit: 0 };
      return parsePending(await this.#request({ method: 'GET', path: '_changes', query }));
    });
  }

  info(): Promise<DatabaseInfo> {
    return this.#parts.lifecycle.run(async () => {
      const { docCount, updateSeq } = parseInfo(await this.#request({ method: 'GET' }));
      return { name: this.name, docCount, updateSeq };
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

  async #poll(since: string | undefined, query: ChangesQuery, pollMs: number): Promise<ReturnType<typeof readChanges>> {
    const ending = new AbortController();
    const abort = (): void => ending.abort();
    query.signal?.throwIfAborted();
    this.#parts.lifecycle.requireOpen();
    this.#polls.add(ending);
    query.signal?.addEventListener('abort', abort);
    try {
      const call = changesCall(since, query, pollMs);
      const page = readChanges(await this.#request({ ...call, signal: ending.signal }), query);
      if (page.rows.length === 0 && pollMs > 0) await elapse(Math.min(POLL_PAUSE_MS, pollMs), ending.signal);
      return page;
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
    const { w } = this.#parts.quorum;
    const call = { method: 'POST', path: '_bulk_docs', query: { w }, body } as const;
    return parseBulk(await this.#request(call)).map(toResult);
  }

  /** Document and bytes as they are, in one request: base64 would make them a third larger. */
  async #sendBeside({ id, json }: Admitted, bytes: Uint8Array): Promise<WriteResult> {
    const follows = { follows: true, content_type: BESIDE_TYPE, length: bytes.byteLength };
    // An admitted document has at least its id, so there is something to put this before.
    const document = `{"_attachments":${JSON.stringify({ [BESIDE]: follows })},${json.slice(1)}`;
    const parts = [
      { contentType: 'application/json', data: Buffer.from(document) },
      { contentType: BESIDE_TYPE, data: bytes },
    ];
    const { w } = this.#parts.quorum;
    try {
      const call = { method: 'PUT', document: addressOf(id) ?? '', query: { w }, parts } as const;
      const { rev } = parseWritten(await this.#request(call));
      return { ok: true, id, rev };
    } catch (error) {
      if (!(error instanceof CouchError)) throw error;
      if (error.status === CONFLICT) return conflict(id, 'Another revision is there.');
      if (error.status === FORBIDDEN) return { ok: false, id, reason: 'refused', detail: error.reason ?? '' };
      throw error;
    }
  }

  /** @returns undefined when the document, or what should lie beside it, is not there. */
  async #find(call: Omit<CouchCall, 'db'>): Promise<unknown> {
    try {
      return await this.#request(call);
    } catch (error) {
      const said = error instanceof CouchError && error.status === NOT_FOUND ? error.reason : undefined;
      if (said !== undefined && ABSENT.has(said)) return undefined;
      throw error;
    }
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
