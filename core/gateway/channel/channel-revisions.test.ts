import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isToldRevision, toldRevision, toldRevisions } from './channel-revisions.ts';

const generation = fc.integer({ min: 1, max: 3_000 });
const storeRev = (nth: number): string => `${nth}-9f8e7d`;

it('a revision is told with those that were told before it, the newest first', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), generation, (epoch, id, nth) => {
      const { start, ids } = toldRevisions(epoch, id, storeRev(nth));
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
