/**
 * How one RxDB document lies in PouchDB: as one text, with its place in each index beside it and a checksum over both.
 *
 * - RxDB's revision can't be PouchDB's: RxDB uses one hash (the database's token) at every height, and PouchDB tells
 *   revisions of a document apart by their hash, so a deleted document came back to life after a reopen. PouchDB
 *   computes its own; RxDB's travels in the text, where no field's name can clash with one that PouchDB reserves.
 * - A text and not an object, so that what is read is what was written to the letter, and can be checked to the letter.
 * - SQLite's own checks see that pages and indexes hold together, not that a letter within a text has changed. The
 *   checksum does, with certainty for any damage up to 32 bits long. It covers the id too: a document that lies under
 *   another one's id is damage.
 */
import { crc32 } from 'node:zlib';
import type { RxDocumentData } from 'rxdb';
import { z } from 'zod';
import { damage } from './store-damage.ts';

const storedBodySchema = z.object({
  /** The RxDB document in JSON. */
  text: z.string(),
  /** Its place in each index, in the order of `documentIndexes`. */
  index: z.array(z.string()),
  /** CRC-32 over the id, `index` and `text`. */
  check: z.number(),
});

/** The body of a PouchDB document; `_id`, `_rev` and `_deleted` are PouchDB's own. */
export type StoredBody = Readonly<z.infer<typeof storedBodySchema>>;

/** A document on its way to PouchDB. */
export interface StoredDocument extends StoredBody {
  readonly _id: string;
  /** The revision that it replaces; absent on one that PouchDB has never seen. */
  readonly _rev?: string;
  readonly _deleted?: true;
}

/** A stored document as its row in the file tells it. */
export interface StoredRow {
  readonly id: string;
  readonly json: string;
  readonly deleted: boolean;
}

/**
 * The PouchDB id of a document. PouchDB keeps ids that begin with `_` for itself, and SQLite would store every half of
 * a surrogate pair as one and the same character: the prefix and JSON's escapes make room for any string, and two
 * different keys never share an id.
 */
export function pouchId(key: string): string {
  return `d:${JSON.stringify(key).slice(1, -1)}`;
}

/**
 * @param index the document's place in each index.
 * @param replaces PouchDB's revision of the document on disk, or undefined when there is none.
 */
export function toStored<RxDocType>(
  id: string,
  document: RxDocumentData<RxDocType>,
  index: string[],
  replaces: string | undefined,
): StoredDocument {
  const text = JSON.stringify(document);
  return {
    _id: id,
    ...(replaces !== undefined && { _rev: replaces }),
    ...(document._deleted && { _deleted: true }),
    text,
    index,
    check: checksum(id, index, text),
  };
}

/** A document out of the file, and its place in each index. */
export interface ReadDocument<RxDocType> {
  readonly document: RxDocumentData<RxDocType>;
  readonly index: readonly string[];
}

/** @throws EnrouteError ENR-STN-010 when the row is not one that `toStored` made, to the letter. */
export function fromStored<RxDocType>(row: StoredRow): ReadDocument<RxDocType> {
  const { text, index, check } = parsed(row.json);
  if (check !== checksum(row.id, index, text)) throw damage('a document does not match its checksum');
  // The checksum says that this is the text that was written from such a document.
  const document: RxDocumentData<RxDocType> = JSON.parse(text);
  if (document._deleted !== row.deleted) throw damage('a document and its row differ on whether it is deleted');
  return { document, index };
}

function parsed(json: string): StoredBody {
  try {
    return storedBodySchema.parse(JSON.parse(json));
  } catch {
    // Not the cause: it could quote the document.
    throw damage('the file holds a document that was not written through RxDB, or is unreadable');
  }
}

function checksum(id: string, index: readonly string[], text: string): number {
  return crc32(text, crc32(JSON.stringify([id, index])));
}
