/**
 * One database of the embedded store: PouchDB writes, `PouchReader` reads. It holds no file by itself: each call takes
 * it for as long as it runs, and who waits for a change waits on a signal in memory.
 */
import { setImmediate } from 'node:timers/promises';
import { type Admitted, conflict, writeBatch } from '../batch.ts';
import { BESIDE, BESIDE_TYPE, writeBeside } from '../beside.ts';
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
import type { DatabaseFile } from './database-file.ts';
import type { OpenFiles } from './open-files.ts';
import type { PouchReader } from './pouch-reader.ts';
import { WriteSignal } from './write-signal.ts';

export interface EmbeddedParts {
  readonly name: string;
  readonly files: OpenFiles<DatabaseFile>;
  readonly lifecycle: Lifecycle;
  /** Called with an error of the reading connection; the owner decides whether the file is lost. */
  readonly onReadError: (error: Error) => void;
  /** Called after every write. */
  readonly onWritten: () => void;
}

type PouchAnswer = PouchDB.Core.Response | PouchDB.Core.Error | undefined;

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
      return (await this.#read((reader) => reader.many(ids))) as Stored<T>[];
    });
  }

  range<T extends Doc>(query: RangeQuery): Promise<Stored<T>[]> {
    return this.#parts.lifecycle.run(async () => {
      requireRange(query);
      return (await this.#read((reader) => reader.range(query))) as Stored<T>[];
    });
  }

  write(docs: readonly Doc[]): Promise<WriteResult[]> {
    return this.#parts.lifecycle.run(() => writeBatch(docs, (batch) => this.#send(batch)));
  }

  writeWithBytes(doc: Doc, bytes: Uint8Array): Promise<WriteResult> {
    return this.#parts.lifecycle.run(() =>
      writeBeside(doc, bytes, async (admitted) => {
        // Kept as bytes all the same. PouchDB hashes a document as JSON, in which a Buffer is a list of numbers: 4 MiB
        // would take twice the time.
        const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
        const beside = { _attachments: { [BESIDE]: { content_type: BESIDE_TYPE, data } } };
        const [result] = await this.#send([admitted], beside);
        if (result === undefined) throw new StoreError(`Writing to ${this.name} failed.`, { transient: true });
        return result;
      }),
    );
  }

  bytesOf(id: string): Promise<Uint8Array | undefined> {
    return this.#parts.lifecycle.run(async () => {
      requireIds([id]);
      return await this.#read((reader) => reader.bytesBeside(id));
    });
  }

  changes(query: ChangesQuery): Promise<Changes> {
    return this.#parts.lifecycle.run(async () => {
      requireChanges(query);
      let since = parseSeq(query.since);
      const deadline = performance.now() + query.waitMs;
      for (;;) {
        query.signal?.throwIfAborted();
        this.#parts.lifecycle.requireOpen();
        const { version } = this.#writes;
        const page = await this.#look(since, query);
        since = Number(page.lastSeq);
        const leftMs = deadline - performance.now();
        if (page.changes.length > 0) return { changes: page.changes, lastSeq: page.lastSeq };
        // Others have their turn between two looks at a long feed of which little fits.
        if (page.more) await setImmediate();
        else if (leftMs <= 0) return { changes: [], lastSeq: page.lastSeq };
        else await this.#writes.wait(version, leftMs, query.signal);
      }
    });
  }

  pending(since: string | undefined): Promise<number> {
    return this.#parts.lifecycle.run(async () => {
      const from = parseSeq(since);
      return await this.#read((reader) => reader.pending(from));
    });
  }

  info(): Promise<DatabaseInfo> {
    return this.#parts.lifecycle.run(() => this.#read((reader) => reader.info(this.name)));
  }

  /** How many long polls wait. A number that grows is a leak. */
  get waiting(): number {
    return this.#writes.waiting;
  }

  /** The next changes, or none and how far there are none. */
  async #look(since: number, { limit, selector }: ChangesQuery): Promise<Changes & { readonly more: boolean }> {
    if (selector !== undefined) return await this.#read((reader) => reader.scan(since, limit, selector));
    return { ...(await this.#read((reader) => reader.changes(since, limit))), more: false };
  }

  #read<T>(query: (reader: PouchReader) => T): Promise<T> {
    return this.#parts.files.use(this.name, ({ reader }) => this.#ask(reader, query));
  }

  #ask<T>(reader: PouchReader, query: (reader: PouchReader) => T): T {
    try {
      return query(reader);
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      this.#parts.onReadError(error);
      throw new StoreError(`Reading ${this.name} failed: ${error.message}`, { transient: true, cause });
    }
  }

  /** @param beside goes into every one of the documents. */
  #send(batch: readonly Admitted[], beside: object = {}): Promise<WriteResult[]> {
    return this.#parts.files.use(this.name, async ({ pouch, reader }) => {
      const stale = this.#deletedRevisions(reader, batch);
      const sent = batch.filter(({ id }) => !stale.has(id));
      const answers = await this.#bulk(
        pouch.db,
        sent.map(({ json }) => ({ ...JSON.parse(json), ...beside })),
      );
      const results = new Map<string, WriteResult>();
      for (const id of stale) results.set(id, conflict(id, 'The document was deleted; write it again without `_rev`.'));
      sent.forEach(({ id }, i) => {
        results.set(id, this.#toResult(id, answers[i]));
      });
      return batch.flatMap(({ id }) => results.get(id) ?? []);
    });
  }

  /** PouchDB lets a write replace a deletion by naming its revision; CouchDB calls it a conflict, and so does the port. */
  #deletedRevisions(reader: PouchReader, batch: readonly Admitted[]): Set<string> {
    const named = batch.flatMap(({ id, rev }) => (rev === undefined ? [] : [[id, rev] as const]));
    return named.length === 0 ? new Set() : this.#ask(reader, () => reader.deletions(named));
  }

  async #bulk(db: PouchDB.Database, docs: readonly object[]): Promise<readonly PouchAnswer[]> {
    if (docs.length === 0) return [];
    try {
      return await db.bulkDocs(docs);
    } catch (cause) {
      throw new StoreError(`Writing to ${this.name} failed.`, { transient: true, cause });
    } finally {
      this.#writes.notify();
      this.#parts.onWritten();
    }
  }

  #toResult(id: string, answer: PouchAnswer): WriteResult {
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
