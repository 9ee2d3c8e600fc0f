import { expect, it } from 'vitest';
import { NOW, testItem } from './queue.fixture.ts';
import { openQueue } from './queue.ts';
import { openTestDatabase } from './station-database.fixture.ts';

const sequencesOf = (items: readonly { readonly rid: string }[]): number[] =>
  items.map(({ rid }) => Number(rid.slice(10, 15)));

it('Whatever goes next is found without reading the queue: the oldest and the smallest of each priority', async () => {
  const database = await openTestDatabase();
  const queue = await openQueue(database.current().queue, () => NOW);
  const sizes = [500, 400, 10, 300, 200, 10];
  for (const [at, bytes] of sizes.entries()) {
    const packet = { digest: 'a'.repeat(64), bytes, keyId: '0123456789abcdef' };
    await queue.add(testItem(at + 1, { packet, priority: at < 3 ? 'normal' : 'urgent' }));
  }
  expect(sequencesOf(await queue.firstInLine(['SEALED'], 1))).toEqual([4, 6, 1, 3]);
  expect(sequencesOf(await queue.firstInLine(['SEALED'], 2))).toEqual([4, 5, 6, 1, 2, 3]);
  expect(await queue.firstInLine(['EXPECTED'], 2)).toEqual([]);
  await queue.move(testItem(6).rid, 'EXPECTED');
  expect(sequencesOf(await queue.firstInLine(['SEALED', 'EXPECTED'], 1))).toEqual([4, 5, 6, 1, 3]);
});

it('The query by size walks an index that gives its order, so that a long queue costs no more than a short one', async () => {
  const database = await openTestDatabase();
  const selector = { state: 'EXPECTED', 'manifest.priority': 'normal' } as const;
  const query = database.current().queue.find({
    selector,
    sort: [{ 'manifest.packet.bytes': 'asc' }, { savedAt: 'asc' }],
    limit: 1,
  });
  expect(query.getPreparedQuery().queryPlan).toMatchObject({
    index: expect.arrayContaining(['manifest.packet.bytes']),
    sortSatisfiedByIndex: true,
    selectorSatisfiedByIndex: true,
  });
});
