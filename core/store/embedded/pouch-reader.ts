/**
 * Reads what PouchDB wrote, by SQL on a second, read-only connection. PouchDB stays the only writer.
 *
 * Why not PouchDB's own reading: `allDocs` counts the whole database on every call (20 ms for 100 of 100 000 documents,
 * against 0.3 ms here), it answers "not found" for a duplicate key, and its `get` never answers at all when a read
 * fails. The tables are those of `pouchdb-adapter-websql-core` 7, whose last release was in 2018; the conformance suite
 * runs on them. SQLite compares text as UTF-8 bytes, which is the order of code points.
 */
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { BESIDE } from '../beside.ts';
import { fits } from '../selector.ts';
import {
  type Change,
  type Changes,
  type DatabaseInfo,
  type Doc,
  MAX_BATCH,
  type RangeQuery,
  type Selector,
  type Stored,
} from '../store.ts';

const NEWEST = `'document-store' AS d JOIN 'by-sequence' AS b ON b.seq = d.winningseq`;
const COLUMNS = 'd.id AS id, b.rev AS rev, b.json AS json';

const SQL = {
  many: `SELECT ${COLUMNS} FROM ${NEWEST} WHERE d.id IN (SELECT value FROM json_each(?)) AND b.deleted = 0`,
  ascending: `SELECT ${COLUMNS} FROM ${NEWEST} WHERE d.id >= ? AND d.id < ? AND b.deleted = 0 ORDER BY d.id LIMIT ?`,
  descending: `SELECT ${COLUMNS} FROM ${NEWEST} WHERE d.id >= ? AND d.id < ? AND b.deleted = 0 ORDER BY d.id DESC LIMIT ?`,
  changes: `SELECT ${COLUMNS}, b.deleted AS deleted, d.max_seq AS seq FROM ${NEWEST} WHERE d.max_seq > ? ORDER BY d.max_seq LIMIT ?`,
  scan: `SELECT d.id AS id, b.rev AS rev, d.max_seq AS seq, b.deleted AS deleted,
    CASE WHEN b.deleted = 0 AND json_extract(b.json, ?) IN (SELECT value FROM json_each(?)) THEN b.json END AS json
    FROM ${NEWEST} WHERE d.max_seq > ? ORDER BY d.max_seq LIMIT ${MAX_BATCH}`,
  pending: `SELECT COUNT(*) AS count FROM 'document-store' WHERE max_seq > ?`,
  beside: `SELECT a.body AS body FROM ${NEWEST}
    JOIN 'attach-store' AS a ON a.digest = json_extract(b.json, '$._attachments.${BESIDE}.digest')
    WHERE d.id = ? AND b.deleted = 0`,
  lastSeq: `SELECT COALESCE(MAX(seq), 0) AS seq FROM 'by-sequence'`,
  count: `SELECT COUNT(*) AS count FROM ${NEWEST} WHERE b.deleted = 0`,
  deletions: `SELECT b.doc_id AS id FROM json_each(?) AS asked
    JOIN 'by-sequence' AS b ON b.doc_id = asked.value ->> 0 AND b.rev = asked.value ->> 1 WHERE b.deleted = 1`,
};

type Row = Record<string, SQLOutputValue>;

export class PouchReader {
  readonly #db: DatabaseSync;
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  /** @param file a database that PouchDB has open: its tables must be there. */
  constructor(file: string) {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      db.exec('PRAGMA busy_timeout=5000');
      this.#statements = {
        many: db.prepare(SQL.many),
        ascending: db.prepare(SQL.ascending),
        descending: db.prepare(SQL.descending),
        changes: db.prepare(SQL.changes),
        scan: db.prepare(SQL.scan),
        pending: db.prepare(SQL.pending),
        beside: db.prepare(SQL.beside),
        lastSeq: db.prepare(SQL.lastSeq),
        count: db.prepare(SQL.count),
        deletions: db.prepare(SQL.deletions),
      };
    } catch (error) {
      db.close();
      throw error;
    }
    this.#db = db;
  }

  many(ids: readonly string[]): Stored<Doc>[] {
    return this.#statements.many.all(JSON.stringify(ids)).map(toDoc);
  }

  range({ start, end, limit, descending }: RangeQuery): Stored<Doc>[] {
    const statement = descending === true ? this.#statements.descending : this.#statements.ascending;
    return statement.all(start, end, limit).map(toDoc);
  }

  changes(since: number, limit: number): Changes {
    const changes = this.#statements.changes.all(since, limit).map(toChange);
    const last = changes.at(-1);
    if (last !== undefined) return { changes, lastSeq: last.seq };
    // A `since` from the future belongs to a file that was since replaced by an older copy. Going on from there would
    // miss what is written next, so the feed starts again, as CouchDB's does.
    if (since > this.#lastSeq()) return this.changes(0, limit);
    return { changes, lastSeq: String(since) };
  }

  /** Looks at the next MAX_BATCH changes, whatever their number that fits; `more` when there may be others behind. */
  scan(since: number, limit: number, selector: Selector): Changes & { readonly more: boolean } {
    const { field, values } = selector;
    const rows = this.#statements.scan.all(`$.${field}`, JSON.stringify(values), since);
    if (rows.length === 0 && since > this.#lastSeq()) return this.scan(0, limit, selector);
    // SQLite takes true for 1; `fits` looks again.
    const fitting = rows
      .filter(({ json }) => json !== null)
      .map(toChange)
      .filter(({ doc }) => fits(selector, doc));
    const changes = fitting.slice(0, limit);
    if (fitting.length >= limit) return { changes, lastSeq: changes.at(-1)?.seq ?? String(since), more: true };
    return { changes, lastSeq: String(rows.at(-1)?.seq ?? since), more: rows.length === MAX_BATCH };
  }

  pending(since: number): number {
    const from = since > this.#lastSeq() ? 0 : since;
    return Number(this.#statements.pending.get(from)?.count);
  }

  bytesBeside(id: string): Uint8Array | undefined {
    const row = this.#statements.beside.get(id);
    return row === undefined ? undefined : fromPouchText(String(row.body));
  }

  info(name: string): DatabaseInfo {
    return { name, docCount: Number(this.#statements.count.get()?.count), updateSeq: String(this.#lastSeq()) };
  }

  /** Which of these revisions are deletions: the ids. A revision never changes, so the answer stays true. */
  deletions(revisions: readonly (readonly [id: string, rev: string])[]): Set<string> {
    return new Set(this.#statements.deletions.all(JSON.stringify(revisions)).map((row) => String(row.id)));
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #lastSeq(): number {
    return Number(this.#statements.lastSeq.get()?.seq);
  }
}

/** Without what PouchDB adds of its own, such as the list of what lies beside the document. */
function toDoc(row: Row): Stored<Doc> {
  const body: Record<string, unknown> = JSON.parse(String(row.json));
  const { _attachments, ...content } = body;
  return { ...content, _id: String(row.id), _rev: String(row.rev) };
}

function toChange(row: Row): Change {
  return { id: String(row.id), seq: String(row.seq), deleted: row.deleted === 1, doc: toDoc(row) };
}

/** PouchDB keeps bytes as text of one character each, with U+0000 to U+0002 as pairs. */
function fromPouchText(text: string): Uint8Array {
  const escaped = Buffer.from(text, 'latin1');
  const bytes = Buffer.allocUnsafe(escaped.length);
  let length = 0;
  for (let i = 0; i < escaped.length; i += 1) {
    const byte = escaped[i] ?? 0;
    if (byte === 1 || byte === 2) {
      i += 1;
      // 1 1 is 0, 1 2 is 1, 2 2 is 2.
      bytes[length] = byte === 2 ? 2 : (escaped[i] ?? 0) - 1;
    } else {
      bytes[length] = byte;
    }
    length += 1;
  }
  return bytes.subarray(0, length);
}
