/**
 * The documents of one RxDB collection, in one PouchDB file, answered from the disk. Nothing of them stays in memory.
 *
 * A write goes to PouchDB in one transaction, and its events are emitted when that is on the disk. So what anybody sees
 * is durable, and a write that PouchDB refuses has not happened.
 *
 * Reads are SQL on PouchDB's own connection, the only one that the file's lock allows. A transaction of PouchDB lies
 * open across turns of the event loop, and a SELECT within it would see what may yet be rolled back. So reads and
 * writes take turns, in the order in which they were asked for: a read finds no transaction open (the handle would
 * refuse it), sees one state of the file from its first page to its last, and nobody waits longer than for what was
 * asked before.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import {
  type BulkWriteRow,
  categorizeBulkWriteRows,
  type EventBulk,
  getPrimaryFieldOfPrimaryKey,
  now,
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
import { type Observable, Subject } from 'rxjs';
import { type DocumentIndex, documentIndexes } from './document-index.ts';
import {
  countInRange,
  type IndexRange,
  type NewestRow,
  type RangePosition,
  rowsAfter,
  rowsById,
  rowsInRange,
  tombstonesAfter,
} from './document-tables.ts';
import type { OpenStore } from './open-store.ts';
import { countMatches, PAGE_SIZE, rangeOf, runQuery } from './run-query.ts';
import { isDamage, writeRefusal } from './store-damage.ts';
import { fromStored, pouchId, type StoredBody, toStored } from './stored-document.ts';

/** RxDB hands these on unread. There are none, and no options. */
export type PouchStorageInternals = Readonly<Record<never, never>>;
export type PouchStorageOptions = Readonly<Record<never, never>>;

/** Where a reader of changes stands: it has seen every write up to this number, which PouchDB counts up for ever. */
export interface DiskCheckpoint {
  readonly sequence: number;
}

type Events<RxDocType> = EventBulk<RxStorageChangeEvent<RxDocumentData<RxDocType>>, DiskCheckpoint>;

interface HeldDocument<RxDocType> {
  readonly document: RxDocumentData<RxDocType>;
  /** PouchDB's revision, without which it refuses the next write. */
  readonly rev: string;
}

export class PouchStorageInstance<RxDocType>
  implements RxStorageInstance<RxDocType, PouchStorageInternals, PouchStorageOptions, DiskCheckpoint>
{
  readonly databaseName: string;
  readonly collectionName: string;
  readonly schema: Readonly<RxJsonSchema<RxDocumentData<RxDocType>>>;
  readonly options: PouchStorageOptions;
  readonly internals: PouchStorageInternals = {};
  readonly #primaryPath: StringKeys<RxDocumentData<RxDocType>>;
  readonly #indexes: readonly DocumentIndex<RxDocType>[];
  readonly #store: OpenStore;
  readonly #events = new Subject<Events<RxDocType>>();
  #lastTask: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** @param store an open file with the indexes of the schema; it belongs to the instance. */
  constructor(params: RxStorageInstanceCreationParams<RxDocType, PouchStorageOptions>, store: OpenStore) {
    this.databaseName = params.databaseName;
    this.collectionName = params.collectionName;
    this.schema = params.schema;
    this.options = params.options;
    this.#primaryPath = getPrimaryFieldOfPrimaryKey(params.schema.primaryKey);
    this.#indexes = documentIndexes(params.schema);
    this.#store = store;
  }

  bulkWrite(rows: BulkWriteRow<RxDocType>[], context: string): Promise<RxStorageBulkWriteResponse<RxDocType>> {
    return this.#inTurn(() => this.#write(rows, context));
  }

  findDocumentsById(ids: string[], withDeleted: boolean): Promise<RxDocumentData<RxDocType>[]> {
    return this.#inTurn(async () => {
      const held = this.#held(ids);
      const found = ids.flatMap((id) => held.get(id)?.document ?? []);
      return withDeleted ? found : found.filter((document) => !document._deleted);
    });
  }

  query(prepared: PreparedQuery<RxDocType>): Promise<RxStorageQueryResult<RxDocType>> {
    return this.#inTurn(async () => {
      const range = rangeOf(this.schema, this.#indexes, prepared);
      return { documents: await runQuery(this.#source, prepared, range) };
    });
  }

  /** Always said to be fast, as by RxDB's memory storage: RxDB refuses to count where a storage calls itself slow. */
  count(prepared: PreparedQuery<RxDocType>): Promise<RxStorageCountResult> {
    return this.#inTurn(async () => {
      const range = rangeOf(this.schema, this.#indexes, prepared);
      const count =
        range && prepared.queryPlan.selectorSatisfiedByIndex
          ? countInRange(this.#store.handle.select, range)
          : await countMatches(this.#source, prepared, range);
      return { count, mode: 'fast' };
    });
  }

  async getAttachmentData(): Promise<Blob> {
    throw new Error('This storage keeps no attachments: the bytes of a packet are files.');
  }

  getChangedDocumentsSince(
    limit: number,
    checkpoint?: DiskCheckpoint,
  ): Promise<{ documents: RxDocumentData<RxDocType>[]; checkpoint: DiskCheckpoint }> {
    return this.#inTurn(async () => {
      const since = checkpoint ?? { sequence: 0 };
      const rows = rowsAfter(this.#store.handle.select, since.sequence, limit);
      const last = rows.at(-1);
      return {
        documents: rows.map((row) => fromStored<RxDocType>(row).document),
        checkpoint: last ? { sequence: last.sequence } : since,
      };
    });
  }

  changeStream(): Observable<Events<RxDocType>> {
    return this.#events.asObservable();
  }

  /** Forgets documents that were deleted longer ago than this, a page in each transaction. */
  cleanup(minimumDeletedTimeMs: number): Promise<boolean> {
    return this.#inTurn(async () => {
      const deletedUntil = now() - minimumDeletedTimeMs;
      let sequence: number | undefined = 0;
      while (sequence !== undefined) {
        const rows: NewestRow[] = tombstonesAfter(this.#store.handle.select, sequence, PAGE_SIZE);
        const old = rows.filter((row) => fromStored<RxDocType>(row).document._meta.lwt <= deletedUntil);
        if (old.length > 0) await this.#store.handle.purge(old.map((row) => row.id));
        sequence = rows.at(-1)?.sequence;
      }
      return true;
    });
  }

  /** Lets what was asked for before finish, then closes the file. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#lastTask.then(async () => {
      this.#events.complete();
      await this.#store.close();
    });
    return this.#closing;
  }

  /** Closes and deletes the file. */
  async remove(): Promise<void> {
    this.#demandOpen();
    await this.close();
    await this.#store.delete();
  }

  async #write(rows: BulkWriteRow<RxDocType>[], context: string): Promise<RxStorageBulkWriteResponse<RxDocType>> {
    const failure = this.#store.failure();
    if (failure) throw new EnrouteError('ENR-STN-006', 'the file has failed before and must be opened again', failure);
    const keys = rows.map((row) => this.#keyOf(row.document));
    if (new Set(keys).size < keys.length) throw new Error('A bulk write names one document twice.');
    const held = this.#held(keys);
    const { errors, eventBulk, bulkInsertDocs, bulkUpdateDocs } = categorizeBulkWriteRows<RxDocType>(
      this,
      this.#primaryPath as StringKeys<RxDocType>,
      new Map([...held].map(([key, { document }]) => [key, document])),
      rows,
      context,
    );
    if (bulkInsertDocs.length + bulkUpdateDocs.length > 0) {
      const refused = new Set(errors.map((error) => error.writeRow));
      const accepted = rows.filter((row) => !refused.has(row)).map((row) => row.document);
      await this.#commit(accepted as RxDocumentData<RxDocType>[], held);
      const sequence = this.#store.committed();
      if (eventBulk.events.length > 0) this.#events.next({ ...eventBulk, checkpoint: { sequence } });
    }
    return { error: errors };
  }

  /** Makes the documents durable, all or none. */
  async #commit(
    documents: readonly RxDocumentData<RxDocType>[],
    held: ReadonlyMap<string, HeldDocument<RxDocType>>,
  ): Promise<void> {
    const stored = documents.map((document) => {
      const key = this.#keyOf(document);
      const index = this.#indexes.map(({ textOf }) => textOf(document));
      return toStored(pouchId(key), document, index, held.get(key)?.rev);
    });
    const results = await this.#store.handle.db.bulkDocs<StoredBody>(stored).catch((error: unknown) => {
      // PouchDB hands SQLite's error on without its code; the guarded connection has told of the real one.
      const failure = this.#store.failure();
      throw failure && isDamage(failure) ? failure : writeRefusal(error);
    });
    if (results.length === stored.length && results.every((result) => 'ok' in result && result.ok)) return;
    // Others may have been written, and RxDB knows of none. Only opening the file again can mend that.
    const parted = new EnrouteError('ENR-STN-006', 'PouchDB refused single documents of a write');
    this.#store.fail(parted);
    throw parted;
  }

  /** The newest states of those that the file holds, tombstones too, by their keys. */
  #held(keys: readonly string[]): Map<string, HeldDocument<RxDocType>> {
    const rows = rowsById(this.#store.handle.select, keys.map(pouchId));
    return new Map(
      rows.map((row) => {
        const { document } = fromStored<RxDocType>(row);
        return [this.#keyOf(document), { document, rev: row.rev }];
      }),
    );
  }

  get #source() {
    return {
      schema: this.schema,
      pages: (range: IndexRange | undefined, pageLimit: number) => this.#pages(range, pageLimit),
    };
  }

  /** Between two pages the event loop gets its turn; the file does not change meanwhile. */
  async *#pages(range: IndexRange | undefined, pageLimit: number): AsyncIterable<RxDocumentData<RxDocType>[]> {
    const { select } = this.#store.handle;
    let after: RangePosition | undefined;
    for (;;) {
      const rows = range
        ? rowsInRange(select, range, after, pageLimit)
        : rowsAfter(select, after?.sequence ?? 0, pageLimit);
      const documents: RxDocumentData<RxDocType>[] = [];
      for (const row of rows) {
        const { document, index } = fromStored<RxDocType>(row);
        documents.push(document);
        after = { text: (range && index[range.position]) ?? '', sequence: row.sequence };
      }
      yield documents;
      if (rows.length < pageLimit) return;
      await nextTurn();
    }
  }

  #keyOf(document: RxDocumentData<RxDocType> | BulkWriteRow<RxDocType>['document']): string {
    return document[this.#primaryPath] as string;
  }

  #demandOpen(): void {
    if (this.#closing) throw new Error(`The storage ${this.databaseName}/${this.collectionName} is closed.`);
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    this.#demandOpen();
    const run = this.#lastTask.then(task).catch((error: unknown) => {
      throw this.#store.judged(error);
    });
    this.#lastTask = run.catch(() => undefined);
    return run;
  }
}
