import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openPouch } from '@enroute/sync/disk/pouch.ts';
import { expect, test, vi } from 'vitest';
import type { OpenStoreFile } from './rx-storage-pouch.ts';
import { all, change, find, freshFolder, idsOf, openVisits, storageIn, visit, visitSchema } from './store.fixture.ts';

test('a document is the same after a reopen, with its RxDB revision and meta', async () => {
  const storage = storageIn(freshFolder());
  const document = visit('a', { tags: ['x'], place: { street: 'Rue', number: 1.5 }, note: '' }, 12.34);
  const first = await openVisits(storage, {});
  await first.bulkWrite([{ document }], 'test');
  await first.close();
  expect(await all(await openVisits(storage, {}))).toStrictEqual([document]);
});

test('a document that was deleted stays deleted after a reopen', async () => {
  const storage = storageIn(freshFolder());
  const first = await openVisits(storage, {});
  const a = visit('a');
  await first.bulkWrite([{ document: a }], 'test');
  const update = change(a, { age: 31 }, 2);
  await first.bulkWrite([update], 'test');
  const removal = change({ ...a, ...update.document }, { _deleted: true }, 3);
  await first.bulkWrite([removal], 'test');
  await first.close();

  const again = await openVisits(storage, {});
  expect(await again.findDocumentsById(['a'], false)).toEqual([]);
  expect(await again.findDocumentsById(['a'], true)).toEqual([removal.document]);
  expect(await all(again)).toEqual([]);
});

test('a deleted document can be created again, and is there after a reopen', async () => {
  const storage = storageIn(freshFolder());
  const first = await openVisits(storage, {});
  const a = visit('a');
  const removal = change(a, { _deleted: true }, 2);
  const revival = change({ ...a, ...removal.document }, { _deleted: false, name: 'Bea' }, 3);
  for (const row of [{ document: a }, removal]) await first.bulkWrite([row], 'test');
  await first.close();
  const second = await openVisits(storage, {});
  expect(await second.bulkWrite([revival], 'test')).toEqual({ error: [] });
  await second.close();
  expect(await all(await openVisits(storage, {}))).toEqual([revival.document]);
});

test('cleanup forgets old tombstones for good, keeps young ones, and what was cleaned up can be created anew', async () => {
  const storage = storageIn(freshFolder());
  const first = await openVisits(storage, {});
  const [old, young] = [visit('old'), visit('young')];
  await first.bulkWrite([{ document: old }, { document: young }], 'test');
  await first.bulkWrite([change(old, { _deleted: true }, 2), change(young, { _deleted: true }, Date.now())], 'test');
  expect(await first.cleanup(60_000)).toBe(true);
  expect(idsOf(await first.findDocumentsById(['old', 'young'], true))).toEqual(['young']);
  await first.close();

  const again = await openVisits(storage, {});
  expect(idsOf(await again.findDocumentsById(['old', 'young'], true))).toEqual(['young']);
  expect(await again.bulkWrite([{ document: old }], 'test')).toEqual({ error: [] });
  expect(await all(again)).toEqual([old]);
});

test('a file that was closed can be opened again at once, and a closed instance refuses to work', async () => {
  const storage = storageIn(freshFolder());
  const first = await openVisits(storage, {});
  const write = first.bulkWrite([{ document: visit('a') }], 'test');
  await Promise.all([first.close(), first.close()]);
  await expect(write, 'a write that was asked for before the close').resolves.toEqual({ error: [] });
  await expect(first.bulkWrite([{ document: visit('b') }], 'test')).rejects.toThrow('is closed');
  await expect(all(first)).rejects.toThrow('is closed');
  await expect(first.remove()).rejects.toThrow('is closed');
  expect(idsOf(await all(await openVisits(storage, {})))).toEqual(['a']);
});

test('one file can not be open twice', async () => {
  const storage = storageIn(freshFolder());
  await openVisits(storage, {});
  await expect(openVisits(storage, {})).rejects.toThrow('open already');
});

test('removing an instance deletes its file and no other', async () => {
  const folder = freshFolder();
  const storage = storageIn(folder);
  const [doomed, other] = [await openVisits(storage, {}, 'doomed'), await openVisits(storage, {}, 'other')];
  await doomed.bulkWrite([{ document: visit('a') }], 'test');
  await other.bulkWrite([{ document: visit('b') }], 'test');
  await doomed.remove();
  expect(readdirSync(folder).some((name) => name.includes('doomed'))).toBe(false);
  expect(await all(await openVisits(storage, {}, 'doomed'))).toEqual([]);
  expect(idsOf(await all(other))).toEqual(['b']);
});

test('writes that are asked for at once are carried out one after the other', async () => {
  const instance = await openVisits(storageIn(freshFolder()), {});
  const contexts: string[] = [];
  instance.changeStream().subscribe((bulk) => contexts.push(bulk.context));
  const rows = Array.from({ length: 20 }, (_, n) => ({ document: visit(`v${n}`) }));
  await Promise.all(rows.map((row, n) => instance.bulkWrite([row], `write-${n}`)));
  expect(contexts).toEqual(rows.map((_, n) => `write-${n}`));
  const [again, ...others] = await Promise.all(rows.map((row) => instance.bulkWrite([row], 'again')));
  expect(again?.error[0]).toMatchObject({ status: 409, documentId: 'v0', documentInDb: rows[0]?.document });
  expect(others.every((answer) => answer.error.length === 1)).toBe(true);
});

test('of two changes to one state of a document that are asked for at once, one wins and the other is a conflict', async () => {
  const storage = storageIn(freshFolder());
  const instance = await openVisits(storage, {});
  const a = visit('a');
  await instance.bulkWrite([{ document: a }], 'test');
  const [first, second] = await Promise.all([
    instance.bulkWrite([change(a, { age: 1 }, 2)], 'test'),
    instance.bulkWrite([change(a, { age: 2 }, 3)], 'test'),
  ]);
  expect(first).toEqual({ error: [] });
  expect(second.error).toMatchObject([{ status: 409, documentId: 'a', documentInDb: { age: 1 } }]);
  await instance.close();
  expect(await all(await openVisits(storage, {}))).toMatchObject([{ age: 1 }]);
});

test('queries stay right when the previous state that came with a write is not the one that is stored', async () => {
  const instance = await openVisits(storageIn(freshFolder()), {});
  const a = visit('a', { age: 30 });
  await instance.bulkWrite([{ document: a }], 'test');
  await instance.bulkWrite([change({ ...a, age: 99 }, { age: 31 }, 2)], 'test');
  const aged = (age: number) => find(instance, { selector: { _deleted: false, age } });
  expect(await aged(30)).toEqual([]);
  expect(await aged(31)).toHaveLength(1);
  expect(await all(instance)).toHaveLength(1);
});

test('stores in two folders have nothing in common', async () => {
  const [here, there] = [
    await openVisits(storageIn(freshFolder()), {}),
    await openVisits(storageIn(freshFolder()), {}),
  ];
  await here.bulkWrite([{ document: visit('a') }], 'test');
  expect(await all(there)).toEqual([]);
  expect(idsOf(await all(here))).toEqual(['a']);
});

test('a value that JSON can not hold is an error, and the storage goes on working', async () => {
  const instance = await openVisits(storageIn(freshFolder()), {});
  const document = { ...visit('a'), size: 1n };
  await expect(instance.bulkWrite([{ document }], 'test')).rejects.toThrow();
  expect(await instance.bulkWrite([{ document: visit('a') }], 'test')).toEqual({ error: [] });
});

test('a write that names one document twice is refused and leaves nothing', async () => {
  const instance = await openVisits(storageIn(freshFolder()), {});
  const rows = [{ document: visit('a') }, { document: visit('a', { age: 5 }) }];
  await expect(instance.bulkWrite(rows, 'test')).rejects.toThrow('twice');
  expect(await all(instance)).toEqual([]);
});

test('an event comes only after the document is on the disk', async () => {
  let onDisk = 0;
  const open: OpenStoreFile = async (file, onFatal) => {
    const handle = await openPouch(file, { onFatal });
    const { db } = handle;
    const bulkDocs = db.bulkDocs.bind(db);
    vi.spyOn(db, 'bulkDocs').mockImplementation(async (documents: Parameters<typeof bulkDocs>[0]) => {
      const results = await bulkDocs(documents);
      await nextTurn();
      onDisk += results.length;
      return results;
    });
    return handle;
  };
  const instance = await openVisits(storageIn(freshFolder(), { open }), {});
  const seen: number[] = [];
  instance.changeStream().subscribe(() => seen.push(onDisk));
  const write = instance.bulkWrite([{ document: visit('a') }], 'test');
  const read = all(instance).then((found) => ({ found: idsOf(found), onDisk, seen: [...seen] }));
  expect(await read, 'a read waits for the write that was asked for before').toEqual({
    found: ['a'],
    onDisk: 1,
    seen: [1],
  });
  await write;
});

test('schemas with attachments and multi-instance databases are refused', async () => {
  const storage = storageIn(freshFolder());
  const params = {
    databaseInstanceToken: 'token',
    databaseName: 'station',
    collectionName: 'visits',
    schema: visitSchema,
    options: {},
    multiInstance: false,
    devMode: false,
  };
  const attachments = { ...params, schema: { ...visitSchema, attachments: {} } };
  await expect(storage.createStorageInstance(attachments)).rejects.toThrow('attachments');
  await expect(storage.createStorageInstance({ ...params, multiInstance: true })).rejects.toThrow('multiInstance');
});

test('a store of 10 000 documents opens quickly', async () => {
  const storage = storageIn(freshFolder());
  const first = await openVisits(storage, {});
  for (let from = 0; from < 10_000; from += 1000) {
    const rows = Array.from({ length: 1000 }, (_, n) => ({
      document: visit(`visit-${from + n}`, { age: n % 100, note: 'x'.repeat(400) }, from + n + 1),
    }));
    await first.bulkWrite(rows, 'test');
  }
  await first.close();
  const startedAt = performance.now();
  const again = await openVisits(storage, {});
  const openMs = performance.now() - startedAt;
  expect(await all(again)).toHaveLength(10_000);
  expect(openMs).toBeLessThan(1500);
});
