import { formatRid } from '@enroute/shared/rid/rid.ts';
import { receiptId } from '@enroute/shared/schemas/receipt.ts';
import { resultId } from '@enroute/shared/schemas/result.ts';
import { taskId } from '@enroute/shared/schemas/task.ts';
import { expect, it } from 'vitest';
import { NOW, STATION, testItem } from '../queue/queue.fixture.ts';
import { openQueue } from '../queue/queue.ts';
import { openTestDatabase } from '../queue/station-database.fixture.ts';
import { orphanSearch } from './forget.ts';

const documentsOf = (rid: string): string[] => [
  receiptId(rid, 'RECEIVED'),
  receiptId(rid, 'OUTCOME'),
  resultId(rid),
  taskId(rid, 1),
];

it('Documents of registrations that are not known any more are forgotten once more, so many at a time', async () => {
  const { incoming, queue: rows } = (await openTestDatabase()).current();
  const queue = await openQueue(rows, () => NOW);
  await queue.add(testItem(1));
  const known = documentsOf(testItem(1).rid);
  const orphans = Array.from({ length: 1_500 }, (_none, index) => formatRid(STATION, index + 10, NOW)).flatMap(
    documentsOf,
  );
  await incoming.bulkInsert([...known, ...orphans, 'master:station'].map((id) => ({ id, body: {} })));
  const asked: number[] = [];
  const forget = async (ids: readonly string[]): Promise<void> => {
    asked.push(ids.length);
    await incoming.bulkRemove([...ids]);
  };
  const search = orphanSearch(queue, incoming, { forget });

  expect(await search()).toBe(4_000 - 3);
  expect(Math.max(...asked)).toBeLessThanOrEqual(200);
  // The rest, and then, from the beginning, nothing.
  expect(await search()).toBe(6_000 - 3_997);
  asked.length = 0;
  expect(await search()).toBe(0);
  expect(asked).toEqual([]);
  const left = (await incoming.find().exec()).map(({ id }) => id);
  expect(left.sort()).toEqual([...known, 'master:station'].sort());
});
