import { createHash } from 'node:crypto';
import { getChangedDocumentsSince } from 'rxdb';
import { expect, test } from 'vitest';
import { change, freshFolder, idsOf, openVisits, storageIn, visit } from './store.fixture.ts';

const revision = (text: string) => `1-${createHash('md5').update(text).digest('hex')}`;

test('changes come in the order of writing, each document once, in pages', async () => {
  const instance = await openVisits(storageIn(freshFolder()), {});
  const [a, b, c] = [visit('a'), visit('b'), visit('c')];
  await instance.bulkWrite([{ document: a }, { document: b }, { document: c }], 'test');
  await instance.bulkWrite([change(a, { age: 1 }, 2)], 'test');
  await instance.bulkWrite([change(b, { _deleted: true }, 3)], 'test');

  const first = await getChangedDocumentsSince(instance, 2);
  expect(idsOf(first.documents)).toEqual(['c', 'a']);
  const second = await getChangedDocumentsSince(instance, 2, first.checkpoint);
  expect(second.documents).toMatchObject([{ id: 'b', _deleted: true }]);
  const third = await getChangedDocumentsSince(instance, 2, second.checkpoint);
  expect(third).toEqual({ documents: [], checkpoint: second.checkpoint });
});

test("an event's checkpoint leads to what was written after it", async () => {
  const instance = await openVisits(storageIn(freshFolder()), {});
  const checkpoints: { sequence: number }[] = [];
  instance.changeStream().subscribe((bulk) => checkpoints.push(bulk.checkpoint));
  for (const id of ['a', 'b', 'c']) await instance.bulkWrite([{ document: visit(id) }], 'test');
  const [afterA] = checkpoints;
  expect(idsOf((await getChangedDocumentsSince(instance, 10, afterA)).documents)).toEqual(['b', 'c']);
});

test('what is written after a restart with a clock that was set back is still after the checkpoint', async () => {
  const storage = storageIn(freshFolder());
  const before = await openVisits(storage, {});
  await before.bulkWrite([{ document: visit('before', {}, Date.now()) }], 'test');
  const { checkpoint } = await getChangedDocumentsSince(before, 10);
  await before.close();

  const after = await openVisits(storage, {});
  await after.bulkWrite([{ document: visit('after', {}, Date.parse('2001-01-01')) }], 'test');
  expect(idsOf((await getChangedDocumentsSince(after, 10, checkpoint)).documents)).toEqual(['after']);
});

test('a checkpoint stays valid when the newest document is cleaned up and the store is opened again', async () => {
  const storage = storageIn(freshFolder());
  const before = await openVisits(storage, {});
  const a = visit('a');
  await before.bulkWrite([{ document: a }], 'test');
  await before.bulkWrite([change(a, { _deleted: true }, 2)], 'test');
  const { checkpoint } = await getChangedDocumentsSince(before, 10);
  await before.cleanup(0);
  await before.close();

  const after = await openVisits(storage, {});
  await after.bulkWrite([{ document: visit('b') }], 'test');
  expect(idsOf((await getChangedDocumentsSince(after, 10, checkpoint)).documents)).toEqual(['b']);
});

test('the order within one write is kept across a reopen', async () => {
  const storage = storageIn(freshFolder());
  const before = await openVisits(storage, {});
  const ids = Array.from({ length: 50 }, (_, n) => revision(`${n}`).slice(2));
  await before.bulkWrite(
    ids.map((id) => ({ document: visit(id) })),
    'test',
  );
  await before.close();
  const { documents } = await getChangedDocumentsSince(await openVisits(storage, {}), 100);
  expect(idsOf(documents)).toEqual(ids);
});

test('a document that is written again and again counts once, with its newest number', async () => {
  const instance = await openVisits(storageIn(freshFolder()), {});
  let heartbeat = visit('heartbeat');
  await instance.bulkWrite([{ document: visit('manifest') }, { document: heartbeat }], 'test');
  for (let n = 2; n <= 50; n += 1) {
    const row = change(heartbeat, { age: n }, n);
    await instance.bulkWrite([row], 'test');
    heartbeat = { ...heartbeat, ...row.document };
  }
  const first = await getChangedDocumentsSince(instance, 1);
  expect(idsOf(first.documents)).toEqual(['manifest']);
  const second = await getChangedDocumentsSince(instance, 10, first.checkpoint);
  expect(second.documents).toEqual([heartbeat]);
  expect((await getChangedDocumentsSince(instance, 10, second.checkpoint)).documents).toEqual([]);
});
