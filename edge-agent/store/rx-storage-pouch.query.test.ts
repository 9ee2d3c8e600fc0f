import { openPouch, type PouchHandle } from '@enroute/sync/disk/pouch.ts';
import type { MangoQuery } from 'rxdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { expect, test } from 'vitest';
import { PAGE_SIZE } from './run-query.ts';
import type { OpenStoreFile } from './rx-storage-pouch.ts';
import {
  all,
  change,
  count,
  find,
  freshFolder,
  openVisits,
  storageIn,
  type VisitData,
  visit,
} from './store.fixture.ts';

const DOCUMENTS = 5 * PAGE_SIZE + 7;
const NAMES = ['Amina', 'Zoë', '李小龙', '😀', 'ＡＢ', '\ue000', '\ud800', '\uffff', '\u0000nul', ' '];
const QUERIES: MangoQuery<VisitData>[] = [
  { selector: {} },
  { selector: { _deleted: false }, sort: [{ id: 'asc' }] },
  { selector: { _deleted: false }, sort: [{ age: 'asc' }] },
  { selector: { _deleted: false }, sort: [{ age: 'desc' }, { name: 'asc' }], skip: 100, limit: 600 },
  { selector: { _deleted: false, name: { $gte: '😀' } }, sort: [{ name: 'asc' }] },
  { selector: { _deleted: false, name: { $lt: 'ＡＢ' } }, sort: [{ name: 'asc' }], skip: PAGE_SIZE - 1, limit: 2 },
  { selector: { _deleted: false, name: { $gt: '\ud800', $lte: '\uffff' } }, sort: [{ name: 'asc' }], limit: 300 },
  { selector: { _deleted: false, name: '\u0000nul' } },
  {
    selector: { _deleted: false },
    sort: [{ age: 'desc' }, { id: 'desc' }],
    index: ['_deleted', 'age'],
    limit: 2 * PAGE_SIZE,
  },
  { selector: { _deleted: false, age: 41 }, sort: [{ id: 'desc' }], index: ['_deleted', 'age'], skip: 1, limit: 5 },
  { selector: { _deleted: false }, sort: [{ name: 'desc' }, { age: 'desc' }, { id: 'desc' }], limit: 400 },
  {
    selector: { _deleted: false, age: { $lt: 50 } },
    sort: [{ age: 'desc' }, { id: 'desc' }],
    index: ['_deleted', 'age'],
  },
  { selector: { _deleted: false, note: { $regex: '7$' } }, sort: [{ note: 'desc' }], limit: 20 },
  { selector: { note: { $exists: true } }, skip: DOCUMENTS - 3 },
  { selector: { _deleted: false, age: { $gt: 40 } }, limit: 0 },
  { selector: { _deleted: true } },
  { selector: { age: 200 } },
];

/** The same documents in a fresh store, over many pages, and in RxDB's memory storage. */
async function bothFilled(open?: OpenStoreFile) {
  const reference = await openVisits(getRxStorageMemory(), {}, `reference-${Math.random()}`);
  const storage = storageIn(freshFolder(), open ? { open } : {});
  const candidate = await openVisits(storage, {});
  const documents = Array.from({ length: DOCUMENTS }, (_, n) =>
    visit(`visit-${(n * 7919) % DOCUMENTS}`, { name: NAMES[n % NAMES.length] ?? '', age: n % 90, note: `${n}` }, n + 1),
  );
  const inserts = documents.map((document) => ({ document }));
  const removals = documents
    .filter((_, n) => n % 5 === 0)
    .map((document) => change(document, { _deleted: true }, DOCUMENTS));
  for (const instance of [reference, candidate]) {
    await instance.bulkWrite(inserts, 'test');
    await instance.bulkWrite(removals, 'test');
  }
  return { reference, candidate, storage };
}

test('over many pages, every query finds what the memory storage finds, in its order, also after a reopen', async () => {
  const { reference, candidate, storage } = await bothFilled();
  const answers = await Promise.all(QUERIES.map((query) => find(reference, query)));
  expect(answers.filter((answer) => answer.length > PAGE_SIZE).length).toBeGreaterThan(4);
  expect(await Promise.all(QUERIES.map((query) => find(candidate, query)))).toEqual(answers);
  const counts = await Promise.all(QUERIES.map((query) => count(reference, query)));
  expect(await Promise.all(QUERIES.map((query) => count(candidate, query)))).toEqual(counts);
  await candidate.close();
  const again = await openVisits(storage, {});
  expect(await Promise.all(QUERIES.map((query) => find(again, query)))).toEqual(answers);
  expect(await Promise.all(QUERIES.map((query) => count(again, query)))).toEqual(counts);
});

/** The usual opening, and the handle that came of it. */
function watchedOpening() {
  const watched: { handle: PouchHandle | undefined } = { handle: undefined };
  const open: OpenStoreFile = async (file, onFatal) => {
    watched.handle = await openPouch(file, { onFatal, exclusive: true, autoCompaction: true });
    return watched.handle;
  };
  return { watched, open };
}

test('a query whose order the index gives reads no more than it answers', async () => {
  const { watched, open } = watchedOpening();
  const asked: number[] = [];
  const { candidate } = await bothFilled(async (file, onFatal) => {
    const handle = await open(file, onFatal);
    const select: PouchHandle['select'] = (sql, args) => {
      const rows = handle.select(sql, args);
      asked.push(rows.length);
      return rows;
    };
    return { ...handle, select };
  });
  expect(watched.handle).toBeDefined();
  asked.length = 0;
  await find(candidate, { selector: { _deleted: false }, sort: [{ age: 'asc' }], skip: 5, limit: 10 });
  await find(candidate, {
    selector: { _deleted: false },
    sort: [{ age: 'desc' }, { id: 'desc' }],
    index: ['_deleted', 'age'],
    limit: 4,
  });
  const bound = { selector: { _deleted: false, city: 'Kindu' }, index: ['_deleted', 'city', 'age'], limit: 3 };
  await find(candidate, { ...bound, sort: [{ age: 'desc' }, { id: 'desc' }] });
  expect(asked).toEqual([15, 4, 3]);
});

test('a revision that was superseded but is still in the file is not found', async () => {
  const { watched, open } = watchedOpening();
  const instance = await openVisits(storageIn(freshFolder(), { open }), {});
  const a = visit('a', { age: 1 });
  const newer = change(a, { age: 2 }, 2);
  await instance.bulkWrite([{ document: a }], 'test');
  // As it lay in the file before the second write.
  const columns = 'json, deleted, doc_id';
  await watched.handle?.define([`CREATE TABLE kept AS SELECT ${columns} FROM "by-sequence"`]);
  await instance.bulkWrite([newer], 'test');
  await watched.handle?.define([`INSERT INTO "by-sequence" (${columns}, rev) SELECT ${columns}, '1-old' FROM kept`]);

  const everything = { selector: {}, sort: [{ age: 'asc' as const }] };
  expect(await find(instance, everything)).toEqual([newer.document]);
  expect(await count(instance, { selector: { _deleted: false } })).toBe(1);
  expect(await instance.findDocumentsById(['a'], true)).toEqual([newer.document]);
  expect((await instance.getChangedDocumentsSince?.(10))?.documents).toEqual([newer.document]);
});

test('reads and writes that are asked for at once are answered in that order, and none waits for ever', async () => {
  const instance = await openVisits(storageIn(freshFolder()), {});
  const seen = await Promise.all(
    Array.from({ length: 30 }, async (_, n) => {
      await instance.bulkWrite([{ document: visit(`v${n + 10}`) }], 'test');
      return (await all(instance)).length;
    }),
  );
  expect(seen).toEqual(Array.from({ length: 30 }, () => 30));
  const lengths = Array.from({ length: 10 }, (_, n) => {
    void instance.bulkWrite([{ document: visit(`w${n + 10}`) }], 'test');
    return all(instance).then((found) => found.length);
  });
  expect(await Promise.all(lengths)).toEqual([31, 32, 33, 34, 35, 36, 37, 38, 39, 40]);
});
