import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { GuardedSqlite, type GuardedSqliteOptions, type SqlQuery, type SqlResult } from './guarded-sqlite.ts';

function freshFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'enroute-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'store.sqlite');
}

function open(file: string, options: Partial<GuardedSqliteOptions> = {}): GuardedSqlite {
  const sqlite = new GuardedSqlite(file, { onFatal: () => undefined, ...options });
  onTestFinished(() => sqlite.close());
  return sqlite;
}

const sql = (text: string, ...args: readonly unknown[]): SqlQuery => ({ sql: text, args });

function run(sqlite: GuardedSqlite, ...queries: readonly SqlQuery[]): Promise<SqlResult[]> {
  return new Promise((resolve) => sqlite.exec(queries, false, (_error, results) => resolve(results)));
}

async function rows(sqlite: GuardedSqlite, text: string): Promise<readonly unknown[]> {
  const [result] = await run(sqlite, sql(text));
  if (result?.error) throw result.error;
  return result?.rows ?? [];
}

/** A table with room for one more row of this size, but not for two. */
async function almostFull(file: string): Promise<GuardedSqlite> {
  const sqlite = open(file);
  await run(sqlite, sql('CREATE TABLE t (a UNIQUE, b)'), sql('PRAGMA max_page_count=8'));
  return sqlite;
}

const BIG = 'x'.repeat(100_000);

test('WAL, synchronous=FULL and the pragmas that reach the platter on macOS are in force', async () => {
  const sqlite = open(freshFile());
  expect(await rows(sqlite, 'SELECT * FROM pragma_journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  expect(await rows(sqlite, 'SELECT * FROM pragma_synchronous')).toEqual([{ synchronous: 2 }]);
  expect(await rows(sqlite, 'SELECT * FROM pragma_fullfsync')).toEqual([{ fullfsync: 1 }]);
  expect(await rows(sqlite, 'SELECT * FROM pragma_checkpoint_fullfsync')).toEqual([{ checkpoint_fullfsync: 1 }]);
  expect(await rows(sqlite, 'SELECT * FROM pragma_busy_timeout')).toEqual([{ timeout: 5000 }]);
});

test('a file that SQLite can not keep in WAL mode is refused', () => {
  expect(() => open(':memory:')).toThrow('journal_mode=memory');
});

test('a garbage file is an error at opening and is left as it was', () => {
  const file = freshFile();
  writeFileSync(file, 'this is not a database, and long enough to be looked at'.repeat(20));
  expect(() => open(file)).toThrow('file is not a database');
});

test('after an error in a transaction nothing more is written and its END becomes a ROLLBACK and that error', async () => {
  const sqlite = await almostFull(freshFile());
  const [begin, small, big, after, end] = await run(
    sqlite,
    sql('BEGIN;'),
    sql('INSERT INTO t VALUES (?, ?)', 1, 'small'),
    sql('INSERT INTO t VALUES (?, ?)', 2, BIG),
    sql('INSERT INTO t VALUES (?, ?)', 3, 'would be written in autocommit mode'),
    sql('END;'),
  );
  expect([begin?.error, small?.error]).toEqual([null, null]);
  expect(big?.error?.message).toMatch('database or disk is full');
  expect(after?.error).toBe(big?.error);
  expect(end?.error).toBe(big?.error);
  expect(await rows(sqlite, 'SELECT a FROM t')).toEqual([]);
});

test('a poisoned transaction does not poison the next one', async () => {
  const sqlite = await almostFull(freshFile());
  await run(sqlite, sql('BEGIN;'), sql('INSERT INTO t VALUES (?, ?)', 1, BIG), sql('END;'), sql('ROLLBACK;'));
  const results = await run(sqlite, sql('BEGIN;'), sql('INSERT INTO t VALUES (?, ?)', 2, 'small'), sql('END;'));
  expect(results.map((result) => result.error)).toEqual([null, null, null]);
  expect(await rows(sqlite, 'SELECT a FROM t')).toEqual([{ a: 2 }]);
});

test('a constraint is an answer and not a failure: the transaction goes on', async () => {
  const sqlite = await almostFull(freshFile());
  const results = await run(
    sqlite,
    sql('BEGIN;'),
    sql('INSERT INTO t VALUES (?, ?)', 1, 'first'),
    sql('INSERT INTO t VALUES (?, ?)', 1, 'again'),
    sql('INSERT INTO t VALUES (?, ?)', 2, 'other'),
    sql('END;'),
  );
  expect(results.map((result) => result.error !== null)).toEqual([false, false, true, false, false]);
  expect(await rows(sqlite, 'SELECT a FROM t ORDER BY a')).toEqual([{ a: 1 }, { a: 2 }]);
});

test('a full disk is not fatal, a damaged file is', async () => {
  const file = freshFile();
  const fatal: Error[] = [];
  const first = await almostFull(file);
  await run(first, sql('INSERT INTO t VALUES (?, ?)', 1, 'small'));
  first.close();

  const sqlite = open(file, { onFatal: (error) => fatal.push(error) });
  await run(sqlite, sql('PRAGMA max_page_count=8'), sql('INSERT INTO t VALUES (?, ?)', 2, BIG));
  expect(fatal).toEqual([]);
  sqlite.close();

  const bytes = new Uint8Array(readFileSync(file));
  // All but the first page.
  writeFileSync(file, bytes.fill(0xff, 4096));
  const damaged = open(file, { onFatal: (error) => fatal.push(error) });
  await expect(rows(damaged, 'SELECT * FROM t')).rejects.toThrow('malformed');
  expect(fatal).toHaveLength(1);
});

test('a read-only batch can not write', async () => {
  const sqlite = await almostFull(freshFile());
  const [result] = await new Promise<SqlResult[]>((resolve) =>
    sqlite.exec([sql('DELETE FROM t')], true, (_error, results) => resolve(results)),
  );
  expect(result?.error?.message).toMatch('not authorized');
});

test('what is asked of a closed file is answered with an error, a ROLLBACK with success', async () => {
  const sqlite = open(freshFile());
  await run(sqlite, sql('BEGIN;'));
  sqlite.close();
  const [select, end, rollback] = await run(sqlite, sql('SELECT 1'), sql('END;'), sql('ROLLBACK;'));
  expect(select?.error?.message).toMatch('not open');
  expect(end?.error?.message).toMatch('not open');
  expect(rollback?.error).toBe(null);
});

test('an exclusive file is locked for everyone else until it is closed', async () => {
  const file = freshFile();
  const owner = open(file, { exclusive: true });
  await run(owner, sql('CREATE TABLE t (a)'));
  const second = new DatabaseSync(file);
  onTestFinished(() => second.close());
  expect(() => second.prepare('SELECT * FROM t').all()).toThrow('locked');
  owner.close();
  expect(second.prepare('SELECT * FROM t').all()).toEqual([]);
});

test('whoever opens the sqlite3 package is told that it is not part of Enroute', () => {
  const { Database } = createRequire(import.meta.url)('sqlite3') as { Database: new (file: string) => unknown };
  expect(() => new Database(freshFile())).toThrow('sqlite3 is not part of Enroute');
});
