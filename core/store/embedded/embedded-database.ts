/** One database of the embedded store: PouchDB writes, `PouchReader` reads. */
import type { PouchHandle } from '@enroute/sync/disk/pouch.ts';
import { type Admitted, conflict, writeBatch } from '../batch.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { misuse, requireChanges, requireIds, requireRange } from '../rules.ts';
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
import type { PouchReader } from './pouch-reader.ts';
import { WriteSignal } from './write-signal.ts';

export interface EmbeddedParts {
  readonly name: string;
  readonly pouch: PouchHandle;
  readonly reader: PouchReader;
  readonly lifecycle: Lifecycle;
  /** Called with an error of the reading connection; the owner decides whether the file is lost. */
  readonly onReadError: (error: Error) => void;
}

export class EmbeddedDatabase implements Database {
  readonly name: string;
  readonly #parts: EmbeddedParts;
  readonly #writes = new WriteSignal();

  constructor(parts: EmbeddedParts) {
    this.name = parts.name;
    this.#parts = parts;
    parts.lifecycle.onEnd(() => this.#writes.notify());
  }

  async get<T extends Doc>(id: string): Promise<Stored<T> | undefined> {
    const [found] = await this.getMany<T>([id]);
    return found;
  }

  getMany<T extends Doc>(ids: readonly string[]): Promise<Stored<T>[]> {
    return this.#parts.lifecycle.run(async () => {
      requireIds(ids);
      // The caller says what it stored under these ids; the store can't know.
      return this.#read((reader) => reader.many(ids)) as Stored<T>[];
    });
  }

  range<T extends Doc>(query: RangeQuery): Promise<Stored<T>[]> {
    return this.#parts.lifecycle.run(async () => {
      requireRange(query);
      return this.#read((reader) => reader.range(query)) as Stored<T>[];
    });
  }

  write(docs: readonly Doc[]): Promise<WriteResult[]> {
    return this.#parts.lifecycle.run(() => writeBatch(docs, (batch) => this.#send(batch)));
  }

  changes(query: ChangesQuery): Promise<Changes> {
    return this.#parts.lifecycle.run(async () => {
      requireChanges(query);
      const since = parseSeq(query.since);
      const deadline = performance.now() + query.waitMs;
      for (;;) {
        query.signal?.throwIfAborted();
        this.#parts.lifecycle.requireOpen();
        const { version } = this.#writes;
        const page = this.#read((reader) => reader.changes(since, query.limit));
        const leftMs = deadline - performance.now();
        if (page.changes.length > 0 || leftMs <= 0) return page;
        await this.#writes.wait(version, leftMs, query.signal);
      }
    });
  }

  info(): Promise<DatabaseInfo> {
    return this.#parts.lifecycle.run(async () => this.#read((reader) => reader.info(this.name)));
  }

  /** For the store that opened it. */
  async close(): Promise<void> {
    this.#parts.reader.close();
    await this.#parts.pouch.close();
  }

  /** How many long polls wait. A number that grows is a leak. */
  get waiting(): number {
    return this.#writes.waiting;
  }

  #read<T>(query: (reader: PouchReader) => T): T {
    try {
      return query(this.#parts.reader);
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      this.#parts.onReadError(error);
      throw new StoreError(`Reading ${this.name} failed: ${error.message}`, { transient: true, cause });
    }
  }

  async #send(batch: readonly Admitted[]): Promise<WriteResult[]> {
    const stale = this.#deletedRevisions(batch);
    const sent = batch.filter(({ id }) => !stale.has(id));
    const answers = await this.#bulk(sent);
    const results = new Map<string, WriteResult>();
    for (const id of stale) results.set(id, conflict(id, 'The document was deleted; write it again without `_rev`.'));
    sent.forEach(({ id }, i) => {
      results.set(id, this.#toResult(id, answers[i]));
    });
    return batch.flatMap(({ id }) => results.get(id) ?? []);
  }

  /** PouchDB lets a write replace a deletion by naming its revision; CouchDB calls it a conflict, and so does the port. */
  #deletedRevisions(batch: readonly Admitted[]): Set<string> {
    const named = batch.flatMap(({ id, rev }) => (rev === undefined ? [] : [[id, rev] as const]));
    return named.length === 0 ? new Set() : this.#read((reader) => reader.deletions(named));
  }

  async #bulk(sent: readonly Admitted[]): Promise<readonly (PouchDB.Core.Response | PouchDB.Core.Error)[]> {
    if (sent.length === 0) return [];
    try {
      return await this.#parts.pouch.db.bulkDocs(sent.map(({ json }) => JSON.parse(json)));
    } catch (cause) {
      throw new StoreError(`Writing to ${this.name} failed.`, { transient: true, cause });
    } finally {
      this.#writes.notify();
    }
  }

  #toResult(id: string, answer: PouchDB.Core.Response | PouchDB.Core.Error | undefined): WriteResult {
    if (answer !== undefined && 'ok' in answer) return { ok: true, id, rev: answer.rev };
    if (answer !== undefined && 'status' in answer && answer.status === 409) {
      return conflict(id, 'Another revision is there.');
    }
    throw new StoreError(`Writing to ${this.name} failed for a document.`, { transient: true, cause: answer });
  }
}

function parseSeq(since: string | undefined): number {
  if (since === undefined) return 0;
  if (!/^\d{1,15}$/.test(since)) throw misuse(`${JSON.stringify(since.slice(0, 40))} is not a seq of this database.`);
  return Number(since);
}
