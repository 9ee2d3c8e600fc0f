/**
 * The documents of one RxDB collection, durable in one PouchDB file and answered from memory.
 *
 * A write goes to PouchDB first, in one transaction. Only when that is on the disk does RxDB's own memory storage get
 * it, which answers every query and emits the events. So what anybody sees is durable, and a write that PouchDB refuses
 * has not happened. Writes run one after the other.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { PouchHandle } from '@enroute/sync/disk/pouch.ts';
import {
  type BulkWriteRow,
  categorizeBulkWriteRows,
  type EventBulk,
  getPrimaryFieldOfPrimaryKey,
  type PreparedQuery,
  type RxDocumentData,
  type RxJsonSchema,
  type RxStorageBulkWriteResponse,
  type RxStorageChangeEvent,
  type RxStorageCountResult,
  type RxStorageInstance,
  type RxStorageInstanceCreationParams,
  type RxStorageQueryResult,
  type StringKeys,
} from 'rxdb';
import { map, type Observable } from 'rxjs';
import { type DiskCheckpoint, DiskLedger } from './disk-ledger.ts';
import { fromStored, pouchId, type StoredBody, toStored } from './stored-document.ts';

/** RxDB hands these on unread. There are none, and no options. */
export type PouchStorageInternals = Readonly<Record<never, never>>;
export type PouchStorageOptions = Readonly<Record<never, never>>;

/** RxDB's memory storage, as far as this one leans on it. */
type Memory<RxDocType> = RxStorageInstance<RxDocType, unknown, unknown, unknown>;

/** What the instance needs from whoever opened the file for it. */
export interface OpenStore {
  readonly handle: PouchHandle;
  /** Why the file can't be trusted any more, or undefined while it can. */
  failure(): Error | undefined;
  /** Says that file and memory have parted; from here on `failure` answers. */
  fail(error: Error): void;
  /** Closes the file. */
  close(): Promise<void>;
  /** Deletes the closed file. */
  delete(): Promise<void>;
}

/** Documents read from the file at a time when it is opened. */
const PAGE_SIZE = 500;

export class PouchStorageInstance<RxDocType>
  implements RxStorageInstance<RxDocType, PouchStorageInternals, PouchStorageOptions, DiskCheckpoint>
{
  readonly databaseName: string;
  readonly collectionName: string;
  readonly schema: Readonly<RxJsonSchema<RxDocumentData<RxDocType>>>;
  readonly options: PouchStorageOptions;
  readonly internals: PouchStorageInternals = {};
  readonly #primaryPath: StringKeys<RxDocumentData<RxDocType>>;
  readonly #store: OpenStore;
  readonly #memory: Memory<RxDocType>;
  readonly #ledger = new DiskLedger();
  #lastTask: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(
    params: RxStorageInstanceCreationParams<RxDocType, PouchStorageOptions>,
    store: OpenStore,
    memory: Memory<RxDocType>,
  ) {
    this.databaseName = params.databaseName;
    this.collectionName = params.collectionName;
    this.schema = params.schema;
    this.options = params.options;
    this.#primaryPath = getPrimaryFieldOfPrimaryKey(params.schema.primaryKey);
    this.#store = store;
    this.#memory = memory;
  }

  /** Reads the whole file into the memory storage, page by page. Both belong to the instance, and go if this fails. */
  static async load<RxDocType>(
    params: RxStorageInstanceCreationParams<RxDocType, PouchStorageOptions>,
    store: OpenStore,
    memory: Memory<RxDocType>,
  ): Promise<PouchStorageInstance<RxDocType>> {
    const instance = new PouchStorageInstance(params, store, memory);
    try {
      await instance.#load();
    } catch (error) {
      await instance.#release();
      throw error;
    }
    return instance;
  }

  bulkWrite(rows: BulkWriteRow<RxDocType>[], context: string): Promise<RxStorageBulkWriteResponse<RxDocType>> {
    return this.#inTurn(() => this.#write(rows, context));
  }

  async findDocumentsById(ids: string[], withDeleted: boolean): Promise<RxDocumentData<RxDocType>[]> {
    this.#demandOpen();
    return this.#memory.findDocumentsById(ids, withDeleted);
  }

  async query(preparedQuery: PreparedQuery<RxDocType>): Promise<RxStorageQueryResult<RxDocType>> {
    this.#demandOpen();
    return this.#memory.query(preparedQuery);
  }

  async count(preparedQuery: PreparedQuery<RxDocType>): Promise<RxStorageCountResult> {
    this.#demandOpen();
    return this.#memory.count(preparedQuery);
  }

  async getAttachmentData(): Promise<Blob> {
    throw new Error('This storage keeps no attachments: the bytes of a packet are files.');
  }

  /** The documents written since the checkpoint in the order of writing, whatever the station's clock said meanwhile. */
  async getChangedDocumentsSince(
    limit: number,
    checkpoint?: DiskCheckpoint,
  ): Promise<{ documents: RxDocumentData<RxDocType>[]; checkpoint: DiskCheckpoint }> {
    this.#demandOpen();
    // A checkpoint of another storage has no sequence: offering everything again is harmless, skipping is not.
    const from = { sequence: checkpoint?.sequence ?? 0 };
    const writes = this.#ledger.since(from, limit);
    const keys = writes.map((write) => write.key);
    const documents = await this.#memory.findDocumentsById(keys, true);
    return { documents, checkpoint: { sequence: writes.at(-1)?.sequence ?? from.sequence } };
  }

  changeStream(): Observable<EventBulk<RxStorageChangeEvent<RxDocType>, DiskCheckpoint>> {
    // The memory storage emits while it is written to, right after the ledger has noted the same write.
    return this.#memory.changeStream().pipe(map((bulk) => ({ ...bulk, checkpoint: { sequence: this.#ledger.last } })));
  }

  /** Forgets documents that were deleted longer ago than this, in memory and in the file. */
  cleanup(minimumDeletedTimeMs: number): Promise<boolean> {
    return this.#inTurn(async () => {
      const tombstones = (await this.#onDisk(this.#ledger.keys())).filter((document) => document._deleted);
      const done = await this.#memory.cleanup(minimumDeletedTimeMs);
      const keys = tombstones.map((document) => this.#keyOf(document));
      const kept = new Set((await this.#onDisk(keys)).map((document) => this.#keyOf(document)));
      const purged = keys.filter((key) => !kept.has(key));
      if (purged.length > 0) {
        // Should this fail, the tombstones are back after the next opening, and the ledger still knows their revisions.
        await this.#store.handle.purge(purged.map(pouchId));
        this.#ledger.forget(purged);
      }
      return done;
    });
  }

  /** Lets the writes that were asked for before finish, then closes the file. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#lastTask.then(() => this.#release());
    return this.#closing;
  }

  /** Closes and deletes the file. */
  async remove(): Promise<void> {
    this.#demandOpen();
    await this.close();
    await this.#store.delete();
  }

  async #release(): Promise<void> {
    // Not close(): RxDB's memory storage keeps the documents of a closed instance for ever.
    await this.#memory.remove();
    await this.#store.close();
  }

  async #load(): Promise<void> {
    const { db, highestSequence } = this.#store.handle;
    const notes: { key: string; rev: string; sequence: number }[] = [];
    let since: number | string = 0;
    let full = true;
    while (full) {
      const page: PouchDB.Core.ChangesResponse<StoredBody> = await db.changes<StoredBody>({
        since,
        limit: PAGE_SIZE,
        include_docs: true,
      });
      const rows: BulkWriteRow<RxDocType>[] = [];
      for (const { doc, deleted } of page.results) {
        if (!doc) continue;
        const document = fromStored<RxDocType>(doc, deleted === true);
        rows.push({ document });
        notes.push({ key: this.#keyOf(document), rev: doc._rev, sequence: doc.rxdb.sequence });
      }
      if (rows.length > 0) await this.#memory.bulkWrite(rows, 'enroute-load');
      since = page.last_seq;
      full = page.results.length === PAGE_SIZE;
    }
    // PouchDB promises no order among the documents of one transaction, and the ledger wants ascending numbers.
    notes.sort((a, b) => a.sequence - b.sequence);
    for (const { key, rev, sequence } of notes) this.#ledger.note(key, rev, sequence);
    // Every write took at least one of PouchDB's numbers, so its highest is at least ours, also of what was purged.
    this.#ledger.startAfter(await highestSequence());
  }

  async #write(rows: BulkWriteRow<RxDocType>[], context: string): Promise<RxStorageBulkWriteResponse<RxDocType>> {
    const failure = this.#store.failure();
    if (failure) throw new EnrouteError('ENR-STN-006', 'the file has failed before and must be opened again', failure);
    const keys = rows.map((row) => this.#keyOf(row.document));
    if (new Set(keys).size < keys.length) throw new Error('A bulk write names one document twice.');
    const inMemory = new Map((await this.#onDisk(keys)).map((document) => [this.#keyOf(document), document]));
    const { errors } = categorizeBulkWriteRows<RxDocType>(
      this,
      this.#primaryPath as StringKeys<RxDocType>,
      inMemory,
      rows,
      context,
    );
    const refused = new Set(errors.map((error) => error.writeRow));
    const accepted = rows
      .filter((row) => !refused.has(row))
      .map((row) => withPrevious(row, inMemory.get(this.#keyOf(row.document))));
    if (accepted.length > 0) {
      await this.#commit(accepted);
      const { error } = await this.#memory.bulkWrite(accepted, context);
      if (error.length > 0) throw this.#parted(`memory refused ${error.length} documents that are on the disk`);
    }
    return { error: errors };
  }

  /** Makes the rows durable, all or none, and notes them in the ledger. */
  async #commit(rows: readonly BulkWriteRow<RxDocType>[]): Promise<void> {
    const writes = rows.map(({ document }, index) => {
      const key = this.#keyOf(document);
      return { key, document, sequence: this.#ledger.last + 1 + index };
    });
    const stored = writes.map(({ key, document, sequence }) =>
      toStored(key, document, this.#ledger.revisionOf(key), sequence),
    );
    const results = await this.#store.handle.db.bulkDocs<StoredBody>(stored).catch((error: unknown) => {
      throw refusal(error);
    });
    const revisions = results.map((result) => ('ok' in result && result.ok ? result.rev : undefined));
    if (revisions.length !== writes.length || revisions.includes(undefined)) {
      throw this.#parted('PouchDB refused single documents of a write');
    }
    writes.forEach(({ key, sequence }, index) => {
      this.#ledger.note(key, revisions[index] ?? '', sequence);
    });
  }

  /** The file's content is no longer what memory says; that can't be mended here, only by opening it again. */
  #parted(detail: string): EnrouteError {
    const error = new EnrouteError('ENR-STN-006', detail);
    this.#store.fail(error);
    return error;
  }

  #onDisk(keys: string[]): Promise<RxDocumentData<RxDocType>[]> {
    return this.#memory.findDocumentsById(keys, true);
  }

  #keyOf(document: RxDocumentData<RxDocType> | BulkWriteRow<RxDocType>['document']): string {
    return document[this.#primaryPath] as string;
  }

  #demandOpen(): void {
    if (this.#closing) throw new Error(`The storage ${this.databaseName}/${this.collectionName} is closed.`);
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    this.#demandOpen();
    const run = this.#lastTask.then(task);
    this.#lastTask = run.catch(() => undefined);
    return run;
  }
}

/**
 * RxDB compares revisions only, and they repeat when a deleted document was cleaned up and created again. The memory
 * storage finds the old entries of its indexes through `previous`, so it must get the state that it really holds.
 */
function withPrevious<RxDocType>(
  row: BulkWriteRow<RxDocType>,
  held: RxDocumentData<RxDocType> | undefined,
): BulkWriteRow<RxDocType> {
  return held ? { previous: held, document: row.document } : row;
}

/** What PouchDB says when SQLite has no room, as a code that the desk understands. */
function refusal(error: unknown): EnrouteError {
  const { reason, message } = error as { reason?: unknown; message?: unknown };
  const detail = String(reason ?? message ?? error);
  return new EnrouteError(/disk is full/.test(detail) ? 'ENR-STN-001' : 'ENR-STN-006', detail, error);
}
