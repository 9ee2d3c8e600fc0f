import type { Registration } from '@enroute/shared/registration/registration.ts';
import { describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import { NOW, OTHER_STATION, registrationOf, ridOf, STATION } from '../pipeline.fixture.ts';
import { type Take, Window } from './window.ts';

const THIRD_STATION = '1000310001';
const ALL: Take = { count: 100, packetBytes: 1_000, isReady: () => true };
const anyMayLeave = (): boolean => true;

/** Number n arrived n milliseconds after the others began. */
function one(n: number, station = STATION, change: Partial<Registration> = {}): StoredRegistration {
  const receivedAt = new Date(NOW.getTime() + n).toISOString();
  return { ...registrationOf(ridOf(n, station), { receivedAt, ...change }), _rev: '1-a' };
}

const urgent = (n: number, station = STATION): StoredRegistration => one(n, station, { priority: 'urgent' });
const numbers = (taken: readonly StoredRegistration[]): number[] => taken.map(({ _id }) => Number(_id.slice(10, 15)));

function windowWith(those: readonly StoredRegistration[], total = 100): Window {
  const window = new Window({ total, urgent: 2 });
  for (const each of those) window.put(each);
  return window;
}

describe('room in the window', () => {
  test('is for so many, and for as many urgent ones beyond that as it says', () => {
    const window = new Window({ total: 2, urgent: 1 });
    expect([one(1), one(2), one(3)].map((each) => window.offer(each))).toEqual([true, true, false]);
    expect([urgent(4), urgent(5)].map((each) => window.offer(each))).toEqual([true, false]);
    expect([window.size, window.room]).toEqual([3, 0]);
  });

  test('is never all taken by urgent ones, however many come: a quarter is left to the others', () => {
    const window = new Window({ total: 8, urgent: 2 });
    const held = Array.from({ length: 20 }, (_, n) => window.offer(urgent(n + 1)));
    expect(held.filter(Boolean)).toHaveLength(6);
    expect(window.hasUrgentRoom).toBe(false);
    expect([one(30), one(31), one(32)].map((each) => window.offer(each))).toEqual([true, true, false]);
    expect(window.displacedBy(urgent(33), () => true)).toBeUndefined();
    window.remove(ridOf(1));
    expect([urgent(34), urgent(35)].map((each) => window.offer(each))).toEqual([true, false]);
  });

  test('counts one that was made urgent, or is no more, as what it is now', () => {
    const window = new Window({ total: 4, urgent: 0 });
    for (const n of [1, 2, 3]) window.offer(urgent(n));
    expect(window.offer(urgent(4))).toBe(false);
    window.put(one(3));
    expect(window.offer(urgent(4))).toBe(true);
  });

  test('is always there for what is held already, as it is now', () => {
    const window = windowWith([one(1)], 1);
    expect(window.offer({ ...one(1), _rev: '2-b' })).toBe(true);
    expect(window.get(ridOf(1))?._rev).toBe('2-b');
    expect(window.size).toBe(1);
  });

  test('comes back when something is removed, once', () => {
    const window = windowWith([one(1)], 1);
    window.remove(ridOf(1));
    window.remove(ridOf(1));
    expect([window.has(ridOf(1)), window.room]).toEqual([false, 1]);
  });
});

describe('the timer that has brought one', () => {
  const timer = { rid: ridOf(1), lane: one(1).lane, at: NOW.toISOString() };

  test('is kept while it is held, whatever is put in its place, and given out once', () => {
    const window = new Window({ total: 1, urgent: 0 });
    window.offer(one(1), timer);
    window.put({ ...one(1), _rev: '2-b' });
    expect(window.timerOf(ridOf(1))).toEqual(timer);
    expect([window.releaseTimer(ridOf(1)), window.releaseTimer(ridOf(1))]).toEqual([timer, undefined]);
    expect(window.get(ridOf(1))?._rev).toBe('2-b');
  });
});

describe('who leaves for a newcomer', () => {
  test('is the newest of the center of which there is most', () => {
    const window = windowWith([one(1), one(3), one(2), one(9, OTHER_STATION)]);
    expect(window.displacedBy(one(10, THIRD_STATION), anyMayLeave)).toMatchObject({ _id: ridOf(3) });
  });

  test('is nobody where it would only change places: the newcomer has as many, or one less', () => {
    const window = windowWith([one(1), one(2), one(3, OTHER_STATION)]);
    expect(window.displacedBy(one(4), anyMayLeave)).toBeUndefined();
    expect(window.displacedBy(one(4, OTHER_STATION), anyMayLeave)).toBeUndefined();
    expect(window.displacedBy(one(4, THIRD_STATION), anyMayLeave)).toMatchObject({ _id: ridOf(2) });
  });

  test('is never an urgent one, and none that could not be found again', () => {
    const window = windowWith([one(1), one(2), urgent(3)]);
    const mayLeave = (rid: string): boolean => rid !== ridOf(2);
    expect(window.displacedBy(one(9, OTHER_STATION), mayLeave)).toMatchObject({ _id: ridOf(1) });
    expect(window.displacedBy(one(9, OTHER_STATION), () => false)).toBeUndefined();
  });

  test('is reckoned by who is there now', () => {
    const window = windowWith([one(1), one(2), one(3, OTHER_STATION), one(4, OTHER_STATION)]);
    window.remove(ridOf(1));
    expect(window.displacedBy(one(9, THIRD_STATION), anyMayLeave)?.station).toBe(OTHER_STATION);
  });
});

describe('what is taken from the window', () => {
  const CROWD = [one(1), one(2), one(3), one(4, OTHER_STATION), one(5, OTHER_STATION), one(6, THIRD_STATION)];

  test('is of the centers one after the other, of each the oldest', () => {
    expect(numbers(windowWith(CROWD.toReversed()).take(ALL))).toEqual([1, 4, 6, 2, 5, 3]);
  });

  test('is urgent ones before all others, their centers in turn as well', () => {
    const window = windowWith([...CROWD, urgent(8), urgent(9), urgent(10, OTHER_STATION)]);
    expect(numbers(window.take({ ...ALL, count: 4 }))).toEqual([8, 10, 9, 1]);
  });

  test('is every fourth time the oldest, whoever they are', () => {
    const window = windowWith([...CROWD, urgent(8), urgent(9)]);
    const takes = [1, 2, 3, 4, 5].map(() => numbers(window.take({ ...ALL, count: 3 })));
    expect(takes).toEqual([
      [8, 9, 1],
      [8, 9, 1],
      [8, 9, 1],
      [1, 2, 3],
      [8, 9, 1],
    ]);
  });

  test('stays there, and a look that finds nothing ready is no turn', () => {
    const window = windowWith(CROWD);
    for (let n = 0; n < 3; n += 1) window.take(ALL);
    expect(window.take({ ...ALL, isReady: () => false })).toEqual([]);
    expect(numbers(window.take({ ...ALL, count: 3 }))).toEqual([1, 2, 3]);
    expect(window.size).toBe(CROWD.length);
  });

  test('is no more bytes together than may be; smaller ones go before, and a single one may be larger', () => {
    const sized = (n: number, bytes: number) => one(n, STATION, { packet: { ...one(n).packet, bytes } });
    const window = windowWith([sized(1, 600), sized(2, 500), sized(3, 300), sized(4, 200)]);
    expect(numbers(window.take(ALL))).toEqual([1, 3]);
    expect(numbers(windowWith([sized(1, 5_000), sized(2, 1)]).take(ALL))).toEqual([1]);
  });
});

test('a packet counts once more for each of its corrections, which are opened with it', () => {
  const corrections = [2, 3].map((n) => ({ rid: ridOf(n), digest: '1'.repeat(64) }));
  const corrected = one(1, STATION, { corrections });
  const packetBytes = 3 * corrected.packet.bytes;
  expect(numbers(windowWith([corrected, one(2)]).take({ ...ALL, packetBytes }))).toEqual([1]);
  expect(numbers(windowWith([one(1), one(2)]).take({ ...ALL, packetBytes }))).toEqual([1, 2]);
});
