import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { GuardedSqlite } from '@enroute/sync/disk/guarded-sqlite.ts';
import { openPouch, pouchOver } from '@enroute/sync/disk/pouch.ts';
import { expect, test, vi } from 'vitest';
import type { OpenStoreFile } from './rx-storage-pouch.ts';
import { all, freshFolder, idsOf, openVisits, quietConsole, storageIn, visit } from './store.fixture.ts';

test('a garbage file is a rejection, and does not stand in the way once it is gone', async () => {
  const folder = freshFolder();
  const storage = storageIn(folder);
  await (await openVisits(storage, {})).close();
  const [name = ''] = readdirSync(folder);
  writeFileSync(`${folder}/${name}`, 'this is not a database, and long enough to be looked at'.repeat(20));
  await expect(openVisits(storage, {})).rejects.toMatchObject({
    code: 'ENR-STN-010',
    detail: 'file is not a database',
  });
  writeFileSync(`${folder}/${name}`, '');
  expect(await all(await openVisits(storage, {}))).toEqual([]);
});

test('documents that were not written through RxDB are an error at opening', async () => {
  const folder = freshFolder();
  const open: OpenStoreFile = async (file, onFatal) => {
    const handle = await openPouch(file, { onFatal });
    await handle.db.put({ _id: 'stranger' });
    return handle;
  };
  await expect(openVisits(storageIn(folder, { open }), {})).rejects.toThrow('not written through RxDB');
});

test('on a full disk a write is refused whole, unseen and without events, and writing goes on once there is space', async () => {
  const folder = freshFolder();
  const pages = { limit: 1_000_000, set: (_limit: number): void => undefined };
  const open: OpenStoreFile = async (file, onFatal) => {
    mkdirSync(folder, { recursive: true });
    const sqlite = new GuardedSqlite(file, { onFatal, exclusive: true });
    pages.set = (limit) => sqlite.exec([{ sql: `PRAGMA max_page_count=${limit}`, args: [] }], false, () => undefined);
    return pouchOver(sqlite, file, { autoCompaction: true });
  };
  const instance = await openVisits(storageIn(folder, { open }), {});
  let events = 0;
  instance.changeStream().subscribe((bulk) => {
    events += bulk.events.length;
  });
  const pair = (n: number) =>
    ['a', 'b'].map((half) => ({ document: visit(`${n}-${half}`, { note: 'x'.repeat(3000) }) }));
  quietConsole();
  pages.set(60);

  const acknowledged: string[] = [];
  let refused: unknown;
  for (let n = 100; refused === undefined && n < 1000; n += 1) {
    const rows = pair(n);
    await instance.bulkWrite(rows, 'test').then(
      () => acknowledged.push(...rows.map((row) => row.document.id)),
      (error: unknown) => {
        refused = error;
      },
    );
  }
  expect(refused).toMatchObject({ code: 'ENR-STN-001', detail: 'database or disk is full' });
  expect(idsOf(await all(instance))).toEqual(acknowledged);
  expect(events).toBe(acknowledged.length);

  // Still full: what is there can be read, and refused again.
  await expect(instance.bulkWrite(pair(1), 'test')).rejects.toMatchObject({ code: 'ENR-STN-001' });
  expect(idsOf(await all(instance))).toEqual(acknowledged);

  pages.set(1_000_000);
  expect(await instance.bulkWrite(pair(1000), 'test')).toEqual({ error: [] });
  acknowledged.push('1000-a', '1000-b');
  await instance.close();
  expect(new Set(idsOf(await all(await openVisits(storageIn(folder), {}))))).toEqual(new Set(acknowledged));
});

test('after the file has failed, writes are refused with the reason and the owner is told once', async () => {
  let fail: (error: Error) => void = () => undefined;
  const fatal: string[] = [];
  const storage = storageIn(freshFolder(), {
    onFatal: (error) => fatal.push(error.message),
    open: (file, onFatal) => {
      fail = onFatal;
      return openPouch(file, { onFatal });
    },
  });
  const instance = await openVisits(storage, {});
  await instance.bulkWrite([{ document: visit('a') }], 'test');
  fail(new Error('disk I/O error'));
  fail(new Error('disk I/O error'));
  const refusal = { code: 'ENR-STN-006', cause: { message: 'disk I/O error' } };
  await expect(instance.bulkWrite([{ document: visit('b') }], 'test')).rejects.toMatchObject(refusal);
  expect(fatal).toEqual(['disk I/O error']);
  expect(idsOf(await all(instance))).toEqual(['a']);
});

test('should PouchDB refuse a single document of a write, the file counts as failed', async () => {
  const fatal: string[] = [];
  const open: OpenStoreFile = async (file, onFatal) => {
    const handle = await openPouch(file, { onFatal });
    const bulkDocs = handle.db.bulkDocs.bind(handle.db);
    vi.spyOn(handle.db, 'bulkDocs').mockImplementation(async (documents: Parameters<typeof bulkDocs>[0]) => [
      ...(await bulkDocs(documents.slice(1))),
      { status: 409, error: true, name: 'conflict' },
    ]);
    return handle;
  };
  const storage = storageIn(freshFolder(), { open, onFatal: (error) => fatal.push(error.message) });
  const instance = await openVisits(storage, {});
  const rows = [{ document: visit('a') }, { document: visit('b') }];
  await expect(instance.bulkWrite(rows, 'test')).rejects.toMatchObject({ code: 'ENR-STN-006' });
  await expect(instance.bulkWrite([{ document: visit('c') }], 'test')).rejects.toMatchObject({ code: 'ENR-STN-006' });
  expect(fatal).toHaveLength(1);
});

test('a document that somebody wrote past the storage, which nobody may, is damage as soon as it is read', async () => {
  const fatal: Error[] = [];
  let db: PouchDB.Database | undefined;
  const open: OpenStoreFile = async (file, onFatal) => {
    const handle = await openPouch(file, { onFatal });
    db = handle.db;
    return handle;
  };
  const storage = storageIn(freshFolder(), { open, onFatal: (error) => fatal.push(error) });
  const instance = await openVisits(storage, {});
  await instance.bulkWrite([{ document: visit('a') }], 'test');
  await db?.put({ _id: 'd:b' });
  const damaged = { code: 'ENR-STN-010' };
  await expect(instance.findDocumentsById(['b'], true)).rejects.toMatchObject(damaged);
  expect(fatal).toMatchObject([damaged]);
  // What is whole can be read, but nothing is written any more.
  expect(idsOf(await instance.findDocumentsById(['a'], true))).toEqual(['a']);
  const refusal = { code: 'ENR-STN-006', cause: damaged };
  await expect(instance.bulkWrite([{ document: visit('c') }], 'test')).rejects.toMatchObject(refusal);
});
