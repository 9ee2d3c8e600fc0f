/**
 * Reads documents out of the tables that `pouchdb-adapter-websql-core` 7 keeps (its last release was in 2018): one row
 * in "document-store" for each document, which names the row of its newest revision in "by-sequence" (`winningseq`).
 * There `json` is the body and `seq` the place among all writes of the file.
 *
 * SQLite keeps an index for each of RxDB's, on an expression over `json`, within PouchDB's own transactions. Automatic
 * compaction deletes the row of a revision in the transaction that supersedes it; every read joins with
 * "document-store" all the same, so that only newest revisions can be seen.
 */
import { crc32 } from 'node:zlib';
import type { SqlRow } from '@enroute/sync/disk/guarded-sqlite.ts';
import type { StoredRow } from './stored-document.ts';

/** Rows of a SELECT; the handle's, or a plain connection's. */
export type Select = (sql: string, args: readonly unknown[]) => readonly SqlRow[];

/** The newest state of a document. */
export interface NewestRow extends StoredRow {
  /** PouchDB's revision. */
  readonly rev: string;
  readonly sequence: number;
}

/** A stretch of one index. The bounds are texts of that index. */
export interface IndexRange {
  readonly name: string;
  /** Which of a document's index texts it is. */
  readonly position: number;
  readonly start: string;
  readonly end: string;
  readonly inclusiveStart: boolean;
  readonly inclusiveEnd: boolean;
  /** From its end to its start. */
  readonly descending: boolean;
}

/** The last document that a reader of a range has seen. */
export interface RangePosition {
  readonly text: string;
  readonly sequence: number;
}

const COLUMNS = 'b.doc_id AS id, b.rev AS rev, b.json AS json, b.deleted AS deleted, b.seq AS sequence';
// winningseq has no declared type: the plus keeps SQLite from converting it, and so from missing its index.
const NEWEST = 'CROSS JOIN "document-store" AS d ON d.winningseq = +b.seq';
const TOMBSTONES = 'enroute-tombstones';

const indexName = (name: string): string => `enroute:${name}`;
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** @param json the column, with its table where a statement has two. */
const textAt = (position: number, json = 'b.json'): string => `json_extract(${json}, '$.index[${position}]')`;

/** The statements that make the indexes of a database without documents; those of an opening that was cut off stay. */
export function indexDefinitions(names: readonly string[]): string[] {
  const indexes = names.map(
    (name, position) =>
      `CREATE INDEX IF NOT EXISTS ${quoted(indexName(name))} ON "by-sequence" (${textAt(position, 'json')})`,
  );
  return [...indexes, `CREATE INDEX IF NOT EXISTS ${quoted(TOMBSTONES)} ON "by-sequence" (seq) WHERE deleted = 1`];
}

/** The names of RxDB's indexes that the file has, in the order in which they were made. */
export function definedIndexes(select: Select): string[] {
  const prefix = indexName('');
  return select(`SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY rowid`, [])
    .map((row) => String(row.name))
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}

export function hasDocuments(select: Select): boolean {
  return select('SELECT 1 FROM "document-store" LIMIT 1', []).length > 0;
}

/**
 * A checksum over the definitions of all tables and indexes, as SQLite's `user_version` holds it: a signed 32-bit
 * number, 0 for none. Nothing else notices a changed letter in a definition.
 */
export function definitionsChecksum(select: Select): number {
  const rows = select('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid', []);
  return crc32(JSON.stringify(rows.map((row) => [row.type, row.name, row.tbl_name, row.sql]))) | 0;
}

export function notedChecksum(select: Select): number {
  return Number(select('SELECT user_version FROM pragma_user_version', [])[0]?.user_version);
}

export const noteChecksum = (checksum: number): string => `PRAGMA user_version = ${checksum}`;

/** The newest states of those that the file holds, tombstones too, in no particular order. */
export function rowsById(select: Select, ids: readonly string[]): NewestRow[] {
  const sql = `SELECT ${COLUMNS} FROM json_each(?) AS asked
    CROSS JOIN "document-store" AS d ON d.id = asked.value CROSS JOIN "by-sequence" AS b ON b.seq = d.winningseq`;
  return select(sql, [JSON.stringify(ids)]).map(toRow);
}

/** One page of a range, in the order in which it is walked, from just after `after` on. */
export function rowsInRange(
  select: Select,
  range: IndexRange,
  after: RangePosition | undefined,
  limit: number,
): NewestRow[] {
  const text = textAt(range.position);
  const [direction, beyond] = range.descending ? ['DESC', '<'] : ['ASC', '>'];
  const order = `ORDER BY ${text} ${direction}, b.seq ${direction} LIMIT ?`;
  if (after === undefined)
    return select(`SELECT ${COLUMNS} ${inRange(range)} ${order}`, [range.start, range.end, limit]).map(toRow);
  const rest: IndexRange = range.descending
    ? { ...range, end: after.text, inclusiveEnd: true }
    : { ...range, start: after.text, inclusiveStart: true };
  const sql = `SELECT ${COLUMNS} ${inRange(rest)} AND (${text} ${beyond} ? OR b.seq ${beyond} ?) ${order}`;
  return select(sql, [rest.start, rest.end, after.text, after.sequence, limit]).map(toRow);
}

/** How many documents are in a range. */
export function countInRange(select: Select, range: IndexRange): number {
  return Number(select(`SELECT COUNT(*) AS count ${inRange(range)}`, [range.start, range.end])[0]?.count);
}

/** INDEXED BY makes a missing index an error and never a slow answer. */
function inRange({ name, position, inclusiveStart, inclusiveEnd }: IndexRange): string {
  const text = textAt(position);
  return `FROM "by-sequence" AS b INDEXED BY ${quoted(indexName(name))} ${NEWEST}
    WHERE ${text} ${inclusiveStart ? '>=' : '>'} ? AND ${text} ${inclusiveEnd ? '<=' : '<'} ?`;
}

/** The documents written after this sequence, each once, oldest write first. */
export function rowsAfter(select: Select, sequence: number, limit: number): NewestRow[] {
  const sql = `SELECT ${COLUMNS} FROM "by-sequence" AS b ${NEWEST} WHERE b.seq > ? ORDER BY b.seq LIMIT ?`;
  return select(sql, [sequence, limit]).map(toRow);
}

/** The deleted documents written after this sequence, oldest deletion first. */
export function tombstonesAfter(select: Select, sequence: number, limit: number): NewestRow[] {
  const sql = `SELECT ${COLUMNS} FROM "by-sequence" AS b INDEXED BY ${quoted(TOMBSTONES)} ${NEWEST}
    WHERE b.deleted = 1 AND b.seq > ? ORDER BY b.seq LIMIT ?`;
  return select(sql, [sequence, limit]).map(toRow);
}

function toRow(row: SqlRow): NewestRow {
  const { id, rev, json, deleted, sequence } = row;
  return {
    id: String(id),
    rev: String(rev),
    json: String(json),
    deleted: Number(deleted) === 1,
    sequence: Number(sequence),
  };
}
