import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

it('so many work at once and no more, in the order in which they came, and one that fails holds up nobody', async () => {
  const turns = new Turns(3);
  let running = 0;
  let most = 0;
  const began: number[] = [];
  const work = async (nth: number): Promise<void> => {
    began.push(nth);
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
    if (nth % 5 === 0) throw new Error('failed');
  };
  const all = Array.from({ length: 40 }, (_none, nth) => nth);
  const ended = await Promise.allSettled(all.map((nth) => turns.take(() => work(nth))));
  expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(8);
  expect(most).toBe(3);
  expect(began).toEqual(all);
  expect(await turns.take(async () => 'again')).toBe('again');
});
