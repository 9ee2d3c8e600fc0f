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

it('who waits no longer than so is never begun late, and leaves its place to the others', async () => {
  const turns = new Turns(1);
  const first = Promise.withResolvers<string>();
  const begun: string[] = [];
  const work = (name: string) => async (): Promise<string> => {
    begun.push(name);
    return name;
  };
  const running = turns.take(() => first.promise);
  const impatient = turns.takeWithin(5, work('impatient'));
  const patient = turns.takeWithin(Number.POSITIVE_INFINITY, work('patient'));
  expect(await turns.takeWithin(-1, work('too late'))).toBeUndefined();
  expect(await impatient).toBeUndefined();
  first.resolve('first');
  expect(await Promise.all([running, patient])).toEqual(['first', 'patient']);
  expect(await turns.takeWithin(0, work('free'))).toBe('free');
  expect(begun).toEqual(['patient', 'free']);
});
