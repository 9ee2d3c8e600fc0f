import { afterEach, beforeEach, expect, it } from 'vitest';
import { type OpenedStore, onEveryStore } from '../../store/every-store.fixture.ts';
import type { Database } from '../../store/store.ts';
import { ridOf } from '../pipeline.fixture.ts';
import { openTimers } from './open-timers.ts';
import type { Timer } from './timer.ts';

const NOON = Date.parse('2026-03-01T12:00:00.000Z');
const at = (seconds: number): string => new Date(NOON + seconds * 1000).toISOString();
const timer = (seconds: number, sequence: number, lane = 1): Timer => ({ at: at(seconds), rid: ridOf(sequence), lane });
const now = (seconds: number): Date => new Date(NOON + seconds * 1000);
const EVERY = { has: () => true };
const only = (lane: number) => ({ has: (asked: number) => asked === lane });

onEveryStore('timers', (open) => {
  let opened: OpenedStore;
  let database: Database;
  beforeEach(async () => {
    opened = await open();
    database = await opened.store.database('timers');
  });
  afterEach(() => opened.dispose());

  it('are due at their time and not before, oldest first, whatever the order in which they were set', async () => {
    const timers = openTimers(database);
    await timers.set([timer(30, 1), timer(10, 2), timer(20, 3)]);
    expect(await timers.due(now(9), EVERY, 10)).toEqual([]);
    expect(await timers.due(now(10), EVERY, 10)).toEqual([timer(10, 2)]);
    expect(await timers.due(now(30), EVERY, 10)).toEqual([timer(10, 2), timer(20, 3), timer(30, 1)]);
  });

  it('are there once, however often they are set, and again when they are set after they were cleared', async () => {
    const timers = openTimers(database);
    await timers.set([timer(1, 1)]);
    await timers.set([timer(1, 1), timer(1, 2)]);
    expect(await timers.due(now(1), EVERY, 10)).toHaveLength(2);
    await timers.clear([timer(1, 1), timer(1, 2)]);
    await timers.clear([timer(1, 1)]);
    expect(await timers.due(now(1), EVERY, 10)).toEqual([]);
    await timers.set([timer(1, 1)]);
    expect(await timers.due(now(1), EVERY, 10)).toEqual([timer(1, 1)]);
  });

  it('have one place for one time, however it is written', async () => {
    const timers = openTimers(database);
    await timers.set([{ ...timer(0, 1), at: '2026-03-01T12:00:00Z' }, timer(0, 1)]);
    expect(await timers.due(now(0), EVERY, 10)).toEqual([timer(0, 1)]);
  });

  it('are kept by the store, and due for another worker', async () => {
    await openTimers(database).set([timer(1, 1)]);
    expect(await openTimers(database).due(now(1), EVERY, 10)).toEqual([timer(1, 1)]);
  });

  it('come a bounded number at a time, and each comes although none is cleared', async () => {
    const timers = openTimers(database);
    const all = Array.from({ length: 7 }, (_, index) => timer(index, index + 1));
    await timers.set(all);
    const seen = [];
    for (let turn = 0; turn < 3; turn += 1) seen.push(...(await timers.due(now(60), EVERY, 3)));
    expect(seen.slice(0, 7)).toEqual(all);
    expect(await timers.due(now(60), EVERY, 3)).toEqual(all.slice(0, 3));
  });

  it("of other lanes are passed over, a bounded number at a time, however many of them lie before one's own", async () => {
    let pages = 0;
    const counted = new Proxy(database, {
      get: (target, name: keyof Database) => {
        const call = (target[name] as (...all: unknown[]) => unknown).bind(target);
        return (...asked: unknown[]) => {
          if (name === 'range') pages += 1;
          return call(...asked);
        };
      },
    });
    const others = Array.from({ length: 1_500 }, (_, index) => timer(index, index + 1, 2));
    await openTimers(database).set([...others, timer(1_500, 2_000)]);
    const timers = openTimers(counted);
    expect(await timers.due(now(2_000), only(1), 10)).toEqual([]);
    expect(pages).toBeLessThanOrEqual(5);
    expect(await timers.due(now(2_000), only(1), 10)).toEqual([timer(1_500, 2_000)]);
    expect(pages).toBeLessThanOrEqual(10);
  });

  it('do not hinder each other where something else lies among them', async () => {
    await database.write([{ _id: '2026-03-01T12:00:00.000Z' }, { _id: '2020-nonsense:5' }]);
    const timers = openTimers(database);
    await timers.set([timer(1, 1)]);
    expect(await timers.due(now(1), EVERY, 10)).toEqual([timer(1, 1)]);
  });
});
