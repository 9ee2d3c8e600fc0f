/**
 * The core's one way to documents. Two adapters carry it out, PouchDB on SQLite (embedded) and CouchDB, and both pass
 * `store.conformance.ts`. Nothing here is something that only one of them can do.
 *
 * The model is CouchDB's: a document has an `_id` and a `_rev`; a write must name the revision that it replaces, and
 * none for a new document; otherwise it is a conflict and nothing is written. A write that was answered is durable.
 */

/** A stored document. `_rev` is absent on a document that was never written. */
export interface Doc {
  readonly _id: string;
  readonly _rev?: string;
  readonly _deleted?: boolean;
}

/** A document as it was read: it has a revision. */
export type Stored<T extends Doc> = T & { readonly _rev: string };

export type WriteResult =
  | { readonly ok: true; readonly id: string; readonly rev: string }
  | { readonly ok: false; readonly id: string; readonly reason: 'conflict' | 'refused'; readonly detail: string };

export interface RangeQuery {
  /** First id, inclusive. */
  readonly start: string;
  /** Last id, exclusive. */
  readonly end: string;
  /** Most documents to return; 1 to MAX_BATCH. */
  readonly limit: number;
  readonly descending?: boolean;
}

export interface ChangesQuery {
  /** A `seq` from an earlier answer, or undefined for the beginning. */
  readonly since: string | undefined;
  /** Most changes to return; 1 to MAX_BATCH. */
  readonly limit: number;
  /** When nothing is new: how long to wait for a change before answering with none. 0 answers at once. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

export interface Change {
  readonly id: string;
  readonly seq: string;
  readonly deleted: boolean;
  /** The newest revision of the document; for a deleted one only `_id`, `_rev` and `_deleted` are sure to be there. */
  readonly doc: Stored<Doc>;
}

export interface Changes {
  readonly changes: readonly Change[];
  /** Where to go on from. Equal to the last change's seq, or later. */
  readonly lastSeq: string;
}

export interface DatabaseInfo {
  readonly name: string;
  readonly docCount: number;
  readonly updateSeq: string;
}

/** Limits that both adapters hold to. */
export const MAX_BATCH = 1000;
/** A document larger than this, as JSON in UTF-8, is refused and not written. */
export const MAX_DOC_BYTES = 1024 * 1024;

/**
 * One database. Ids are ordered by Unicode code point. Methods throw a `StoreError` when the store can't be reached or
 * fails; a conflict is not an error but a `WriteResult`.
 */
export interface Database {
  readonly name: string;
  get<T extends Doc>(id: string): Promise<Stored<T> | undefined>;
  /** The documents that exist and are not deleted, in any order. At most MAX_BATCH ids. */
  getMany<T extends Doc>(ids: readonly string[]): Promise<Stored<T>[]>;
  range<T extends Doc>(query: RangeQuery): Promise<Stored<T>[]>;
  /** Writes each document that can be written; one result for each, in the same order. At most MAX_BATCH documents. */
  write(docs: readonly Doc[]): Promise<WriteResult[]>;
  /** Each document at most once, at its newest change, in order of change. */
  changes(query: ChangesQuery): Promise<Changes>;
  info(): Promise<DatabaseInfo>;
}

export interface Store {
  /** The database of that name, created when it is missing. The name is `[a-z][a-z0-9_-]*`, at most 64 characters. */
  database(name: string): Promise<Database>;
  /** Names of the databases that exist and begin with `prefix`, in order. */
  list(prefix: string): Promise<string[]>;
  close(): Promise<void>;
}

/** The store can't be reached, or failed. `transient` says whether the same call may succeed later. */
export class StoreError extends Error {
  readonly transient: boolean;

  constructor(message: string, options: { readonly transient: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'StoreError';
    this.transient = options.transient;
  }
}
