import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { GuardedSqlite } from './guarded-sqlite.ts';
import { type OpenPouchOptions, openPouch, type PouchHandle, pouchOver } from './pouch.ts';

function freshFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'enroute-pouch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'some', 'folder', 'store.sqlite');
}

async function open(file: string, options: Partial<OpenPouchOptions> = {}): Promise<PouchHandle> {
  const handle = await openPouch(file, {
    onFatal: (error) => {
      throw error;
    },
    ...options,
  });
  onTestFinished(() => handle.close());
  return handle;
}

async function ids(handle: PouchHandle): Promise<string[]> {
  const { rows } = await handle.db.allDocs();
  return rows.map((row) => row.id);
}

/** As the adapter knows it; PouchDB's types leave it out. */
function nameOf({ db }: PouchHandle): string {
  return String(Reflect.get(db, 'name'));
}

/** The adapter writes each SQLite error to the console. */
function quietConsole(): void {
  const spy = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  onTestFinished(() => spy.mockRestore());
}

test('a file that was closed opens again in the same process with what was written', async () => {
  const file = freshFile();
  for (const id of ['a', 'b', 'c']) {
    const handle = await open(file);
    await handle.db.put({ _id: id });
    await handle.close();
    await handle.close();
  }
  expect(await ids(await open(file))).toEqual(['a', 'b', 'c']);
});

test('opening and closing a file again and again leaves one name behind with the adapter, which keeps them all', async () => {
  const file = freshFile();
  const names = new Set<string>();
  for (let n = 0; n < 5; n += 1) {
    const handle = await open(file);
    names.add(nameOf(handle));
    await handle.close();
  }
  const first = await open(file);
  const second = await open(file);
  await first.db.put({ _id: 'by the first' });
  await first.close();
  expect(await ids(second)).toEqual(['by the first']);
  expect(names.add(nameOf(first)).size).toBe(1);
  expect(nameOf(second)).not.toBe(nameOf(first));
});

test('a closed handle refuses to work', async () => {
  const handle = await open(freshFile());
  await handle.close();
  await expect(handle.db.put({ _id: 'a' })).rejects.toThrow('closed');
});

test('a write that is under way when the file is closed is durable or rejected, never lost silently', async () => {
  const file = freshFile();
  const handle = await open(file);
  quietConsole();
  const writes = Array.from({ length: 500 }, (_, n) => handle.db.put({ _id: `doc-${n}` }));
  await wait(2);
  await handle.close();
  const outcomes = await Promise.allSettled(writes);
  const acknowledged = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.id] : []));
  expect(acknowledged.length).toBeLessThan(500);
  expect(await ids(await open(file))).toEqual(expect.arrayContaining(acknowledged));
});

test('a garbage file is a rejection', async () => {
  const file = join(freshFile(), '..', '..', '..', 'garbage.sqlite');
  writeFileSync(file, 'this is not a database, and long enough to be looked at'.repeat(20));
  await expect(open(file)).rejects.toThrow('file is not a database');
});

test('a database of something else is a rejection', async () => {
  const file = join(freshFile(), '..', '..', '..', 'other.sqlite');
  const sqlite = new GuardedSqlite(file, { onFatal: () => undefined });
  const queries = [{ sql: `CREATE TABLE 'metadata-store' (something TEXT, db_version TEXT)`, args: [] }];
  await new Promise((resolve) => sqlite.exec(queries, false, resolve));
  sqlite.close();
  quietConsole();
  await expect(open(file)).rejects.toThrow();
});

test('a second opening of an exclusive file is a rejection', async () => {
  const file = freshFile();
  await open(file, { exclusive: true });
  await expect(open(file, { exclusive: true })).rejects.toThrow('locked');
});

test('on a full disk a write is rejected, nothing of it is kept, and writing goes on once there is space', async () => {
  const file = join(freshFile(), '..', '..', '..', 'full.sqlite');
  const sqlite = new GuardedSqlite(file, { onFatal: () => undefined });
  const limitPages = (pages: number) =>
    new Promise((resolve) => sqlite.exec([{ sql: `PRAGMA max_page_count=${pages}`, args: [] }], false, resolve));
  const handle = await pouchOver(sqlite, file);
  onTestFinished(() => handle.close());
  quietConsole();

  await limitPages(60);
  const acknowledged: string[] = [];
  let refused: unknown;
  for (let n = 0; refused === undefined && n < 1000; n += 1) {
    const pair = [`a-${n}`, `b-${n}`].map((_id) => ({ _id, text: 'x'.repeat(3000) }));
    await handle.db.bulkDocs(pair).then(
      () => acknowledged.push(`a-${n}`, `b-${n}`),
      (error: unknown) => {
        refused = error;
      },
    );
  }
  expect(refused).toMatchObject({ reason: 'database or disk is full' });
  expect(new Set(await ids(handle))).toEqual(new Set(acknowledged));

  await limitPages(1_000_000);
  await handle.db.put({ _id: 'after' });
  await handle.close();
  expect(new Set(await ids(await open(file)))).toEqual(new Set([...acknowledged, 'after']));
});

test('purge erases documents and tombstones for good and leaves the others alone', async () => {
  const file = freshFile();
  const handle = await open(file);
  const { rev } = await handle.db.put({ _id: 'gone', text: 'one' });
  await handle.db.remove('gone', rev);
  await handle.db.put({ _id: 'stays' });
  await handle.purge(['gone']);
  await handle.close();
  const again = await open(file);
  const { results } = await again.db.changes({ since: 0 });
  expect(results.map((change) => change.id)).toEqual(['stays']);
  await expect(again.db.put({ _id: 'gone', text: 'two' })).resolves.toMatchObject({ ok: true });
});

test('purge gives the space back to the disk', async () => {
  const file = freshFile();
  const handle = await open(file);
  const all = Array.from({ length: 200 }, (_, n) => `doc-${n}`);
  await handle.db.bulkDocs(all.map((_id) => ({ _id, text: _id.repeat(500) })));
  await handle.close();
  const full = statSync(file).size;
  const again = await open(file);
  await again.purge(all);
  await again.close();
  expect(full).toBeGreaterThan(500_000);
  expect(statSync(file).size).toBeLessThan(full / 5);
});

test('the highest sequence does not go back when the newest document is purged', async () => {
  const handle = await open(freshFile());
  expect(handle.highestSequence()).toBe(0);
  await handle.db.put({ _id: 'a' });
  await handle.db.put({ _id: 'b' });
  await handle.purge(['b']);
  expect(handle.highestSequence()).toBe(2);
});

test('with automatic compaction the file keeps the newest revision only', async () => {
  const handle = await open(freshFile(), { autoCompaction: true });
  const { rev } = await handle.db.put({ _id: 'a', text: 'old' });
  await handle.db.put({ _id: 'a', _rev: rev, text: 'new' });
  await expect(handle.db.get('a', { rev })).rejects.toMatchObject({ status: 404 });
  await expect(handle.db.get('a')).resolves.toMatchObject({ text: 'new' });
});

test('kill -9 at any moment loses no acknowledged document', async () => {
  const file = freshFile();
  const acknowledged: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'write-until-killed.ts'), file, `r${round}-`]);
    let printed = '';
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    await wait(20 + round * 25);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(complaint).toBe('');
    // The last line may have been cut off: what was not printed whole was not acknowledged.
    acknowledged.push(...printed.split('\n').slice(0, -1));

    const handle = await open(file);
    expect(await ids(handle)).toEqual(expect.arrayContaining(acknowledged));
    await handle.close();
  }
  expect(acknowledged.length).toBeGreaterThan(20);
});
