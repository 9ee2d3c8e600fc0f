import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { atOnce } from './at-once.ts';

/** Counts how many run at once. */
function counting() {
  const seen = { running: 0, most: 0, begun: [] as number[], ended: [] as number[] };
  const run = async (item: number): Promise<void> => {
    seen.begun.push(item);
    seen.running += 1;
    seen.most = Math.max(seen.most, seen.running);
    // Those that came first take longest.
    await sleep(10 - item);
    seen.running -= 1;
    seen.ended.push(item);
  };
  return { seen, run };
}

const ITEMS = [1, 2, 3, 4, 5, 6, 7, 8];

describe('a list that is worked through', () => {
  test.each([
    [1, 1],
    [3, 3],
    [100, ITEMS.length],
  ])('with at most %i at once has %i at once, and does each once', async (limit, most) => {
    const { seen, run } = counting();
    await atOnce(ITEMS, limit, run);
    expect(seen.most).toBe(most);
    expect(seen.ended.sort()).toEqual(ITEMS);
  });

  test('begins nothing more after an error, and tells it when what had begun has ended', async () => {
    const { seen, run } = counting();
    const failing = async (item: number): Promise<void> => {
      if (item === 2) throw new Error('the second');
      await run(item);
    };
    await expect(atOnce(ITEMS, 3, failing)).rejects.toThrow('the second');
    expect(seen.running).toBe(0);
    expect(seen.begun).toEqual([1, 3]);
  });

  test('of nothing is nothing', async () => {
    const { seen, run } = counting();
    await atOnce([], 3, run);
    expect(seen.begun).toEqual([]);
  });
});
