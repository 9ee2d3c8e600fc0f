/**
 * How one RxDB document lies in PouchDB.
 *
 * RxDB's revision can't be PouchDB's: RxDB uses one hash (the database's token) at every height, and PouchDB tells
 * revisions of a document apart by their hash, so a deleted document came back to life after a reopen. PouchDB computes
 * its own; RxDB's revision and `_meta` travel in a field of their own, and the document's fields in another, so that no
 * name of a field can clash with one that PouchDB reserves.
 */
import type { RxDocumentData, RxDocumentMeta } from 'rxdb';

/** What RxDB keeps about a document besides its fields. */
interface RxDbState {
  readonly rev: string;
  readonly meta: RxDocumentMeta;
  /** The place of this write among all writes of the file; see `disk-ledger.ts`. */
  readonly sequence: number;
}

/** The body of a PouchDB document; `_id`, `_rev` and `_deleted` are PouchDB's own. */
export interface StoredBody {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly rxdb: RxDbState;
}

/** A document on its way to PouchDB. */
export interface StoredDocument extends StoredBody {
  readonly _id: string;
  /** The revision that it replaces; absent on one that PouchDB has never seen. */
  readonly _rev?: string;
  readonly _deleted?: true;
}

/**
 * The PouchDB id of a document. PouchDB keeps ids that begin with `_` for itself, and SQLite would store every half of
 * a surrogate pair as one and the same character: the prefix and JSON's escapes make room for any string, and two
 * different keys never share an id.
 */
export function pouchId(key: string): string {
  return `d:${JSON.stringify(key).slice(1, -1)}`;
}

/** @param replaces PouchDB's revision of the document on disk, or undefined when there is none. */
export function toStored<RxDocType>(
  key: string,
  document: RxDocumentData<RxDocType>,
  replaces: string | undefined,
  sequence: number,
): StoredDocument {
  const { _rev, _meta, _deleted, _attachments, ...fields } = document;
  return {
    _id: pouchId(key),
    ...(replaces !== undefined && { _rev: replaces }),
    ...(_deleted && { _deleted }),
    fields,
    rxdb: { rev: _rev, meta: _meta, sequence },
  };
}

/** @throws when the body was not written by `toStored`. */
export function fromStored<RxDocType>(stored: Partial<StoredBody>, deleted: boolean): RxDocumentData<RxDocType> {
  const { fields, rxdb } = stored;
  if (!fields || !rxdb) throw new Error('The file holds a document that was not written through RxDB.');
  const document = { ...fields, _deleted: deleted, _attachments: {}, _rev: rxdb.rev, _meta: rxdb.meta };
  return document as RxDocumentData<RxDocType>;
}
