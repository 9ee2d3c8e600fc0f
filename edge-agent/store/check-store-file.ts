/** Looks through a whole store file for damage, for the start of a station and for `verify`. */
import { existsSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sqliteCode } from '@enroute/sync/disk/guarded-sqlite.ts';
import { z } from 'zod';
import { readCommitNote } from './commit-note.ts';
import { definitionsChecksum, notedChecksum, type Select } from './document-tables.ts';
import { damage, isDamage } from './store-damage.ts';
import { fromStored } from './stored-document.ts';

export type StoreFileState = 'ok' | 'damaged';

/** Documents looked at between two turns of the event loop. */
const PAGE_SIZE = 250;
/** The version of the adapter's tables, which it would try to migrate if it read another. */
const ADAPTER_VERSION = 7;
/** SQLITE_ERROR and SQLITE_FORMAT: on statements that are known to be right, they speak of the file. */
const STATEMENT_CODES = new Set([1, 24]);

/**
 * Checks a closed file: SQLite's own structure and indexes, every document against its checksum, what PouchDB keeps
 * about each document, the definitions of the tables, and, by the note beside it, that no committed write is missing
 * (see `commit-note.ts` for the one loss that can't be seen). Reads only, so that a damaged file stays as it was found;
 * but what SQLite had begun to write before the file had its log is taken back.
 * A file that is not there or was never used is 'ok' unless the note says that it held something.
 *
 * @throws the SQLite error when the file can't be looked at: another process has it open, or the disk does not answer.
 */
export async function checkStoreFile(file: string): Promise<StoreFileState> {
  const noted = readCommitNote(file) ?? 0;
  if (isUnused(file)) return noted > 0 ? 'damaged' : 'ok';
  const leftBehind = ['-wal', '-shm'].map((suffix) => `${file}${suffix}`).filter((path) => !existsSync(path));
  try {
    // A write that was cut off before the file had its log must first be taken back, and only a writer can do that.
    const db = new DatabaseSync(file, { readOnly: !existsSync(`${file}-journal`) });
    try {
      await demandWhole(selectOf(db), noted);
      return 'ok';
    } finally {
      db.close();
    }
  } catch (error) {
    if (isDamage(error) || STATEMENT_CODES.has(sqliteCode(error) ?? 0)) return 'damaged';
    throw error;
  } finally {
    // A connection that may not write can't tidy up after itself.
    for (const path of leftBehind) await rm(path, { force: true });
  }
}

const isUnused = (file: string): boolean =>
  !existsSync(file) || (statSync(file).size === 0 && !existsSync(`${file}-wal`));

const selectOf =
  (db: DatabaseSync): Select =>
  (sql, args) =>
    db.prepare(sql).all(...args.map((arg) => z.union([z.string(), z.number()]).parse(arg)));

async function demandWhole(select: Select, noted: number): Promise<void> {
  const [integrity] = select('PRAGMA integrity_check(1)', []);
  if (integrity?.integrity_check !== 'ok') throw damage(`SQLite finds: ${integrity?.integrity_check}`);
  // The opening was cut off before the first document could be written.
  if (notedChecksum(select) === 0 && noted === 0 && !hasAnyDocument(select)) return;
  if (notedChecksum(select) !== definitionsChecksum(select)) throw damage('the definitions of the tables have changed');
  const versions = select(`SELECT db_version FROM "metadata-store"`, []).map((row) => row.db_version);
  if (versions.length !== 1 || versions[0] !== ADAPTER_VERSION) throw damage("PouchDB's version is not as it was");
  demandEveryWrite(select, noted);
  await demandEveryDocument(select);
}

function hasAnyDocument(select: Select): boolean {
  const tables = select(`SELECT 1 FROM sqlite_schema WHERE name IN ('document-store', 'by-sequence')`, []);
  return (
    tables.length === 2 && select(`SELECT 1 FROM "by-sequence" UNION ALL SELECT 1 FROM "document-store"`, []).length > 0
  );
}

function demandEveryWrite(select: Select, noted: number): void {
  const newest = Number(select(`SELECT COALESCE(MAX(seq), 0) AS seq FROM "by-sequence"`, [])[0]?.seq);
  const counted = Number(select(`SELECT seq FROM sqlite_sequence WHERE name = 'by-sequence'`, [])[0]?.seq ?? 0);
  if (counted < newest) throw damage("SQLite's count of the writes has gone back");
  if (counted < noted) throw damage(`of ${noted} committed writes the file holds only the first ${counted}`);
  const [rows] = select(
    `SELECT (SELECT COUNT(*) FROM "by-sequence") - (SELECT COUNT(*) FROM "document-store") AS surplus`,
    [],
  );
  if (rows?.surplus !== 0) throw damage('documents and revisions are not one to one');
}

const revisionNodeSchema = z.tuple([z.string(), z.looseObject({}), z.array(z.unknown())]);
/** What PouchDB keeps about a document, as far as the next write depends on it. */
const metadataSchema = z.object({
  id: z.string(),
  rev_tree: z.tuple([z.object({ pos: z.int(), ids: revisionNodeSchema })]),
});

async function demandEveryDocument(select: Select): Promise<void> {
  const page = `SELECT d.rowid AS position, d.id AS id, d.json AS metadata, d.winningseq AS winner, d.max_seq AS newest,
      b.seq AS sequence, b.doc_id AS owner, b.rev AS rev, b.deleted AS deleted, b.json AS json
    FROM "document-store" AS d LEFT JOIN "by-sequence" AS b ON b.seq = d.winningseq
    WHERE d.rowid > ? ORDER BY d.rowid LIMIT ?`;
  let position: number | undefined = 0;
  while (position !== undefined) {
    const rows: ReturnType<Select> = select(page, [position, PAGE_SIZE]);
    for (const row of rows) {
      const id = String(row.id);
      if (row.sequence !== row.newest || row.owner !== row.id) throw damage('a document points to a foreign revision');
      fromStored({ id, json: String(row.json), deleted: row.deleted === 1 });
      if (newestRevision(id, row.metadata) !== row.rev) throw damage("PouchDB's history of a document is not its own");
    }
    position = rows.length > 0 ? Number(rows.at(-1)?.position) : undefined;
    await nextTurn();
  }
}

/** The end of a document's history, which is one line: nobody else writes, so there are no branches. */
function newestRevision(id: string, json: unknown): string {
  try {
    const metadata = metadataSchema.parse(JSON.parse(String(json)));
    if (metadata.id !== id) throw damage("PouchDB's history is another document's");
    const [{ pos, ids }] = metadata.rev_tree;
    let height = pos;
    let [hash, , children] = ids;
    while (children.length > 0) {
      [hash, , children] = z.tuple([revisionNodeSchema]).parse(children)[0];
      height += 1;
    }
    return `${height}-${hash}`;
  } catch {
    throw damage("PouchDB's history of a document is unreadable");
  }
}
