/**
 * The core's one way to documents. Two adapters carry it out, PouchDB on SQLite (embedded) and CouchDB, and both pass
 * `store.conformance.ts`. Nothing here is something that only one of them can do.
 *
 * The model is CouchDB's: a document has an `_id` and a `_rev`; a write must name the revision that it replaces, and
 * none for a new document or for one that was deleted; otherwise it is a conflict and nothing is written. To delete is
 * to write with `_deleted`; to delete what is deleted is a conflict. A write that was answered is durable; one that
 * threw may have been carried out or not, so read before writing again.
 *
 * Some things are not promised, because CouchDB does not: naming a revision for an id that was never written is a
 * mistake that CouchDB accepts; numbers smaller than 2.3e-308 may come back as 0. In a cluster `getMany`, `range`,
 * `changes` and `pending` may show a write a moment after `get` does; of two who write one document at the same moment
 * both may be told an error, never both that they won, but the one who won may find the other's document there a moment
 * later, unless the database decides; and while a majority of the copies is away, `get` shows what the others have, also
 * a write that was answered with an error for want of a majority.
 *
 * Where one document decides between writers (a lease, a number, a name), its database is opened with `decides`: then who
 * was told that he won has won. The price in a cluster: while one node is away every write to it is an error that may
 * pass. And of several who write one document at the same moment often none is told that he won. Whoever is told an error
 * that may pass must read before he writes again; who then finds his own document there writes it once more, and has won
 * when that is answered. `get` alone is sure to show what all copies agree on.
 */

/** A stored document. `_rev` is absent on a document that was never written. */
export interface Doc {
  readonly _id: string;
  readonly _rev?: string | undefined;
  readonly _deleted?: boolean | undefined;
}

/** A document as it was read: it has a revision. */
export type Stored<T extends Doc> = T & { readonly _rev: string };

/** What became of one document. 'conflict': another revision is there. 'refused': it can never be stored as it is. */
export type WriteResult =
  | { readonly ok: true; readonly id: string; readonly rev: string }
  | { readonly ok: false; readonly id: string; readonly reason: 'conflict' | 'refused'; readonly detail: string };

/**
 * The ids from `start` up to, not including, `end`. To page on, start again from the last id with U+0000 behind it, or
 * with `descending` end at the last id. `U+10FFFF` ends a range of everything; U+FFFF does not, emoji come after it.
 */
export interface RangeQuery {
  /** Lowest id, inclusive. */
  readonly start: string;
  /** Highest id, exclusive. */
  readonly end: string;
  /** Most documents to return; 1 to MAX_BATCH. Fewer than this means that there are no more. */
  readonly limit: number;
  /** The same ids, highest first. */
  readonly descending?: boolean;
}

export interface ChangesQuery {
  /** A `seq` from an earlier answer of this database, or undefined for the beginning. Opaque. */
  readonly since: string | undefined;
  /** Most changes to return; 1 to MAX_BATCH. Fewer may come although there are more; none is the end. */
  readonly limit: number;
  /** When nothing is new: how long to wait for a change before answering with none. 0 answers at once. */
  readonly waitMs: number;
  /** Ends the wait: the call then rejects with the signal's reason, as `fetch` does. */
  readonly signal?: AbortSignal;
  /** Only documents that it fits; those that were deleted have no fields, and never do. */
  readonly selector?: Selector;
}

/** Documents whose top-level field has one of the values; at most 100 of them. */
export interface Selector {
  readonly field: string;
  readonly values: readonly (string | number | boolean)[];
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
/** A document larger than this, as JSON in UTF-8 without its `_rev`, is refused and not written. */
export const MAX_DOC_BYTES = 1024 * 1024;
/** Most bytes that may lie beside a document. */
export const MAX_BYTES_BESIDE = 4 * 1024 * 1024;

/**
 * One database. Ids are well-formed text, not empty, do not begin with '_', and are ordered by Unicode code point (not
 * by UTF-16 unit as `sort()` does: use `compareIds`). Methods throw a `StoreError` when the store can't be reached or
 * fails, or when they are called outside these rules; a conflict is not an error but a `WriteResult`.
 */
export interface Database {
  readonly name: string;
  get<T extends Doc>(id: string): Promise<Stored<T> | undefined>;
  /** The documents that exist and are not deleted, each once, in any order. At most MAX_BATCH ids. */
  getMany<T extends Doc>(ids: readonly string[]): Promise<Stored<T>[]>;
  range<T extends Doc>(query: RangeQuery): Promise<Stored<T>[]>;
  /**
   * Writes each document that can be written; one result for each, in the same order. At most MAX_BATCH documents. Not
   * a transaction. Of two documents with one id in a batch the second is a conflict.
   */
  write(docs: readonly Doc[]): Promise<WriteResult[]>;
  /**
   * Each document at most once, at its newest change. Following `lastSeq` loses nothing, whatever is written meanwhile;
   * after a CouchDB node was lost or a database was restored, changes may come again. The order is that of the writes
   * to one document; across documents it may differ, as CouchDB merges its shards as they answer.
   */
  changes(query: ChangesQuery): Promise<Changes>;
  /** How many documents have a newest change behind `since`; in a cluster about. */
  pending(since: string | undefined): Promise<number>;
  /**
   * Writes one document and, beside it, bytes that no query drags along: both are there afterwards, or neither. The
   * rules of `write` hold. Writing the document again without bytes takes them away.
   * @param bytes at most MAX_BYTES_BESIDE
   */
  writeWithBytes(doc: Doc, bytes: Uint8Array): Promise<WriteResult>;
  /** What lies beside a document; undefined when nothing does, or there is no such document. */
  bytesOf(id: string): Promise<Uint8Array | undefined>;
  info(): Promise<DatabaseInfo>;
}

export interface DatabaseOptions {
  /** Whether its documents decide between writers; all who write to it must say the same. */
  readonly decides?: boolean;
}

/** Told the name of a database in which something was written. */
export type Written = (name: string) => void;

/** Told what keeps a watch from telling: what `written` threw, or why the store has not answered for about a minute. */
export type OnTrouble = (error: unknown) => void;

export interface Store {
  /** The database of that name, created when it is missing. The name is `[a-z][a-z0-9_-]*`, at most 64 characters. */
  database(name: string, options?: DatabaseOptions): Promise<Database>;
  /** Names of the databases that exist and begin with `prefix`, in order. */
  list(prefix: string): Promise<string[]>;
  /**
   * Tells the name of every database with that prefix in which something was written, about when it was: for those who
   * would otherwise keep a feed open for each of thousands. A name may be told without cause, and one may be missed while
   * the store fails, so whoever relies on it looks for themselves now and then.
   * @returns ends it
   */
  watch(prefix: string, written: Written, onTrouble?: OnTrouble): Promise<() => Promise<void>>;
  /** Ends long polls, waits for what is running, and lets go. Every later call is refused. Safe to call twice. */
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
