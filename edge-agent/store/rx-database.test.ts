import { setTimeout as wait } from 'node:timers/promises';
import { addRxPlugin, createRxDatabase, type RxCollection, type RxDatabase } from 'rxdb';
import { RxDBCleanupPlugin } from 'rxdb/plugins/cleanup';
import { replicateRxCollection } from 'rxdb/plugins/replication';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { RxStoragePouch } from './rx-storage-pouch.ts';
import { freshFolder, storageIn, type Visit, visitJsonSchema } from './store.fixture.ts';

addRxPlugin(RxDBCleanupPlugin);

type Collections = { visits: RxCollection<Visit> };

async function openDatabase(storage: RxStoragePouch): Promise<RxDatabase<Collections>> {
  const database = await createRxDatabase<Collections>({ name: 'station', storage, multiInstance: false });
  onTestFinished(async () => void (await database.close()));
  await database.addCollections({ visits: { schema: visitJsonSchema } });
  return database;
}

const amina: Visit = { id: 'a', name: 'Amina', age: 30, city: 'Kindu' };

test('a database: insert, update, delete, a live query, close, reopen, and the data is there', async () => {
  const storage = storageIn(freshFolder());
  const database = await openDatabase(storage);
  const { visits } = database;
  const shown: string[][] = [];
  const adults = visits.find({ selector: { age: { $gte: 18 } }, sort: [{ id: 'asc' }] });
  const subscription = adults.$.subscribe((found) => shown.push(found.map((visit) => visit.name)));

  const document = await visits.insert(amina);
  await visits.bulkInsert([
    { id: 'b', name: 'Bea', age: 12, city: 'Kindu' },
    { id: 'c', name: 'Chen', age: 50, city: '上海' },
  ]);
  // RxDB runs a query again that a write has overtaken; a live one shows what it has found when nobody writes.
  await vi.waitFor(() => expect(shown.at(-1)).toEqual(['Amina', 'Chen']));
  await document.incrementalPatch({ name: 'Amina O.' });
  await visits.findOne('c').remove();
  await vi.waitFor(() => expect(shown.at(-1)).toEqual(['Amina O.']));
  subscription.unsubscribe();
  await database.close();

  const again = await openDatabase(storage);
  const found = await again.visits.find({ sort: [{ id: 'asc' }] }).exec();
  expect(found.map((visit) => visit.toJSON())).toEqual([
    { ...amina, name: 'Amina O.' },
    { id: 'b', name: 'Bea', age: 12, city: 'Kindu' },
  ]);
  await found[0]?.patch({ age: 31 });
  expect(await again.visits.count({ selector: { age: 31 } }).exec()).toBe(1);
});

test('a database closes in peace while a live query runs and writes are under way', async () => {
  const storage = storageIn(freshFolder());
  const database = await openDatabase(storage);
  // A query that was asked while it closes may fail; who looks on is told, and nobody else.
  database.visits.find().$.subscribe({ error: () => undefined });
  const writes = Array.from({ length: 30 }, (_, n) => database.visits.insert({ ...amina, id: `v${n}` }));
  const outcomes = Promise.allSettled(writes);
  await wait(3);
  await database.close();
  const acknowledged = (await outcomes).flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value.primary] : [],
  );
  const again = await openDatabase(storage);
  const found = await again.visits.find().exec();
  expect(found.map((visit) => visit.primary)).toEqual(expect.arrayContaining(acknowledged));
});

test('removing a database leaves no documents', async () => {
  const storage = storageIn(freshFolder());
  const database = await openDatabase(storage);
  await database.visits.insert(amina);
  await database.remove();
  const again = await openDatabase(storage);
  expect(await again.visits.find().exec()).toEqual([]);
});

test('a cleanup through the collection forgets the deleted documents', async () => {
  const storage = storageIn(freshFolder());
  const database = await openDatabase(storage);
  const document = await database.visits.insert(amina);
  await document.remove();
  await database.visits.cleanup(0);
  await database.close();
  const again = await openDatabase(storage);
  expect(await again.visits.storageInstance.findDocumentsById(['a'], true)).toEqual([]);
  await again.visits.insert(amina);
  expect(await again.visits.count().exec()).toBe(1);
});

test('a document that is written while offline, after the clock was set back, is pushed after the next start', async () => {
  const storage = storageIn(freshFolder());
  const pushed: string[] = [];
  const replicate = (database: RxDatabase<Collections>) =>
    replicateRxCollection<Visit, never>({
      collection: database.visits,
      replicationIdentifier: 'core',
      live: false,
      push: {
        handler: async (rows) => {
          pushed.push(...rows.map((row) => row.newDocumentState.id));
          return [];
        },
      },
    });

  const before = await openDatabase(storage);
  await before.visits.insert(amina);
  await replicate(before).awaitInitialReplication();
  await before.close();

  // RxDB's own clock never goes back within a process, so the wrong time goes in below it.
  const offline = await openDatabase(storage);
  const document = { ...amina, id: 'late', _deleted: false, _attachments: {} };
  const stamped = { ...document, _rev: '1-station', _meta: { lwt: Date.parse('2001-01-01') } };
  await offline.visits.storageInstance.originalStorageInstance.bulkWrite([{ document: stamped }], 'test');
  await offline.close();

  const online = await openDatabase(storage);
  await replicate(online).awaitInitialReplication();
  expect(pushed).toEqual(['a', 'late']);
});
