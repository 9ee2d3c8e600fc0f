import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isToldRevision, ToldRevisions, toldRevision } from './channel-revisions.ts';

const generation = fc.integer({ min: 1, max: 3_000 });
const storeRev = (nth: number): string => `${nth}-9f8e7d`;

it('a revision is told with those that were told before it, the newest first', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), generation, (epoch, id, nth) => {
      const { start, ids } = new ToldRevisions(epoch).of(id, storeRev(nth));
      expect(start).toBe(nth);
      expect(ids).toHaveLength(Math.min(nth, 1_000));
      const told = ids.slice(0, 3).map((hash, age) => `${start - age}-${hash}`);
      expect(told).toEqual(told.map((_rev, age) => toldRevision(epoch, id, storeRev(nth - age))));
      expect(told.every((rev) => isToldRevision(epoch, id, rev))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

it('a revision is of one document, of one epoch', () => {
  const rev = toldRevision('first', 'task:a', '2-x');
  expect(rev).toMatch(/^2-[0-9a-f]{32}$/);
  expect(toldRevision('first', 'task:a', '2-y')).toBe(rev);
  expect(isToldRevision('first', 'task:b', rev)).toBe(false);
  expect(isToldRevision('second', 'task:a', rev)).toBe(false);
  for (const garbage of ['', '2', '-1-x', 'x', `3-${rev.slice(2)}`, `2-${rev}`]) {
    expect(isToldRevision('first', 'task:a', garbage), garbage).toBe(false);
  }
});

it('an answer tells so many and no more, and of each document at least the last ones', () => {
  const revisions = new ToldRevisions('first');
  const lengths = Array.from({ length: 500 }, (_none, nth) => revisions.of(`task:${nth}`, '1000-x').ids.length);
  expect(lengths.slice(0, 20)).toEqual(Array(20).fill(1_000));
  expect(lengths.slice(20)).toEqual(Array(480).fill(20));
  expect(revisions.of('task:a', '3-x').ids).toHaveLength(3);
});
