import { describe, expect, test } from 'vitest';
import { Reading } from './reading.ts';

const [ONE, TWO, THREE] = ['1', '2', '3'];

/** Meets them one after the other, each at the place of its number. */
function readingOf(...rids: readonly string[]): Reading {
  const reading = new Reading('0');
  for (const rid of rids) {
    reading.hold(rid, Number(rid));
    reading.passed(rid);
  }
  return reading;
}

describe('the lowest place of a reading', () => {
  test('is where it is, while nothing that it has met is left', () => {
    const reading = new Reading(undefined);
    expect(reading.lowest).toEqual({ since: undefined, nth: 0 });
    reading.passed('7');
    expect(reading.lowest).toEqual({ since: '7', nth: 1 });
  });

  test('is just before the first that is held, and goes up as they are closed in any order', () => {
    const reading = readingOf(ONE, TWO, THREE);
    expect(reading.lowest.since).toBe('0');
    reading.close(TWO);
    expect(reading.lowest.since).toBe('0');
    reading.close(ONE);
    expect(reading.lowest.since).toBe('2');
    reading.close(THREE);
    expect(reading.lowest).toEqual({ since: '3', nth: 3 });
  });

  test('forgets where one was met before: its newest change is further on', () => {
    const reading = readingOf(ONE, TWO);
    reading.hold(ONE, 1);
    reading.passed('9');
    expect(reading.lowest.since).toBe('1');
    reading.close(TWO);
    expect(reading.lowest.since).toBe('2');
  });

  test('is before what was skipped, until that is another reading to find', () => {
    const reading = readingOf(ONE);
    reading.skip(TWO);
    reading.passed(TWO);
    reading.skip(THREE);
    reading.passed(THREE);
    reading.close(ONE);
    expect(reading.lowest.since).toBe('1');
    expect(reading.skipped).toEqual({ since: '1', nth: 1 });
    reading.releaseSkipped();
    expect(reading.lowest.since).toBe('3');
  });

  test('does not go up when one that is held has to leave', () => {
    const reading = readingOf(ONE, TWO, THREE);
    reading.displace(TWO);
    expect(reading.skipped).toEqual({ since: '1', nth: 1 });
    reading.displace(ONE);
    expect(reading.skipped).toEqual({ since: '0', nth: 0 });
    // Further on than what is skipped already: the place that is kept covers it.
    reading.displace(THREE);
    expect(reading.skipped).toEqual({ since: '0', nth: 0 });
    expect(reading.rids()).toEqual([]);
  });

  test('leaves out whole lanes when they are lost', () => {
    const reading = readingOf(ONE, TWO);
    reading.closeLanes(new Set([1]));
    expect(reading.lowest.since).toBe('1');
    expect([reading.has(ONE), reading.has(TWO)]).toEqual([false, true]);
  });

  test('is not changed by one that it has never met and that leaves', () => {
    const reading = readingOf(ONE);
    reading.displace(TWO);
    expect(reading.skipped).toBeUndefined();
  });
});
