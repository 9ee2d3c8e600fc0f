import type { Registration } from '@enroute/shared/registration/registration.ts';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { type Changes, type Database, type Doc, MAX_BATCH } from '../store/store.ts';
import { engineParts, LaneBook, TestLanes, TestTimers } from './engine.fixture.ts';
import { type Engine, type EngineOptions, startEngine } from './engine.ts';
import { UNOBSERVED } from './observe/observer.ts';
import {
  broken,
  faulty,
  lineOf,
  must,
  NOW,
  openTestCore,
  put,
  registrationOf,
  ridOf,
  type TestCore,
} from './pipeline.fixture.ts';
import type { EffectStage, Stage, Work } from './stage.ts';

let core: TestCore;
/** What outlives an engine besides the store. */
let book: LaneBook;
let timers: TestTimers;
const running: Engine[] = [];
beforeEach(async () => {
  core = await openTestCore();
  book = new LaneBook();
  timers = new TestTimers();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((engine) => engine.stop()));
  await core.dispose();
});

const pass: EffectStage = effect('pass', async (works) => works.map(() => ({ kind: 'next' })));

function effect(name: string, perform: (works: readonly Work[]) => ReturnType<EffectStage['perform']>): EffectStage {
  return { name, kind: 'effect', reads: false, outcomes: ['next'], perform };
}

async function start(stages: readonly Stage[] = [pass], options: Partial<EngineOptions> = {}): Promise<Engine> {
  const flow = lineOf(stages);
  const engine = await startEngine({
    ...engineParts(),
    lanes: new TestLanes(book),
    timers,
    registrations: core.databases.registrations,
    vault: core.vault,
    keyFor: core.keyFor,
    flowOf: () => flow,
    batchSize: 10,
    window: 100,
    ...options,
  });
  running.push(engine);
  return engine;
}

const arrive = (n: number, change: Partial<Registration> = {}): Promise<StoredRegistration> =>
  put(core.databases.registrations, registrationOf(ridOf(n), change));
const stateOf = async (n: number): Promise<string | undefined> =>
  (await core.databases.registrations.get<StoredRegistration>(ridOf(n)))?.state;
const waitFor = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 8_000, interval: 10 });
const waitForState = (n: number, state: string): Promise<void> =>
  waitFor(async () => expect(await stateOf(n)).toBe(state));
/** The engine's own writes come to it through the feed like anybody's, a little later. */
const waitForCheckpoint = (): Promise<void> =>
  waitFor(async () => expect(book.since.get(0)).toEqual((await core.databases.registrations.info()).updateSeq));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Notes what the feed gives. */
interface Watch {
  readonly db: Database;
  readonly given: string[];
}

function watched(): Watch {
  const { registrations } = core.databases;
  const watch = {
    given: [] as string[],
    db: {
      ...faulty(registrations, {}),
      changes: async (query): Promise<Changes> => {
        const answer = await registrations.changes(query);
        watch.given.push(...answer.changes.map(({ id }) => id));
        return answer;
      },
    } satisfies Database,
  };
  return watch;
}

describe('the engine', () => {
  test('takes up what was there before it started, and what comes while it runs', async () => {
    await arrive(1);
    await start();
    await waitForState(1, 'COMPLETED');
    await arrive(2);
    await waitForState(2, 'COMPLETED');
  });

  test('is woken by the feed when a registration is written again, by whoever', async () => {
    const announced = await arrive(1, { state: 'ANNOUNCED' });
    await start();
    await pause(50);
    expect(await stateOf(1)).toBe('ANNOUNCED');
    await put(core.databases.registrations, { ...announced, state: 'RECEIVED' });
    await waitForState(1, 'COMPLETED');
  });

  test('tries again when the time of a retry has come, though nothing in the feed says so', async () => {
    let failures = 2;
    const moody = effect('moody', async (works) => {
      failures -= 1;
      if (failures >= 0) throw broken();
      return works.map(() => ({ kind: 'next' }));
    });
    await arrive(1);
    await start([moody]);
    await waitForState(1, 'COMPLETED');
  });

  test('gives up a stage that never works, and goes on with the others', async () => {
    const never = effect('never', async (works) => {
      if (works.some(({ registration }) => registration._id === ridOf(1))) throw new Error('this one');
      return works.map(() => ({ kind: 'next' }));
    });
    await arrive(1);
    await arrive(2);
    await start([never]);
    await waitForState(2, 'COMPLETED');
    await waitForState(1, 'DEAD_LETTER');
  });

  test('is not held up by a registration that it can not read', async () => {
    await core.databases.registrations.write([{ _id: ridOf(1), strange: true } as Doc]);
    await arrive(2);
    await start();
    await waitForState(2, 'COMPLETED');
  });

  test('does not start with sizes that it can not work with', async () => {
    for (const batchSize of [0, MAX_BATCH + 1, Number.NaN])
      await expect(start([pass], { batchSize })).rejects.toThrow(RangeError);
    await expect(start([pass], { window: 0 })).rejects.toThrow(RangeError);
  });
});

describe('what the engine keeps in memory', () => {
  test('is never more than its window, and the rest comes when there is room', async () => {
    let open = false;
    const gate = effect('gate', async (works) => {
      if (!open) throw broken();
      return works.map(() => ({ kind: 'next' }));
    });
    for (let n = 1; n <= 40; n += 1) await arrive(n);
    let most = 0;
    const held = (window: { readonly open: number }): void => {
      most = Math.max(most, window.open);
    };
    // No retry ends before the gate opens: the clock stands.
    let now = NOW;
    const observer = { ...UNOBSERVED, held };
    await start([gate], { observer, window: 7, batchSize: 3, now: () => now, random: () => 1 });
    await waitFor(async () =>
      expect(must(await core.databases.registrations.get<StoredRegistration>(ridOf(7))).attempts).toBe(1),
    );
    await pause(100);
    expect(most).toBe(7);
    open = true;
    now = new Date(NOW.getTime() + 60_000);
    for (let n = 1; n <= 40; n += 1) await waitForState(n, 'COMPLETED');
  });

  test('may be full without the engine turning in circles', async () => {
    const never = effect('never', async () => {
      throw broken();
    });
    for (let n = 1; n <= 20; n += 1) await arrive(n);
    let calls = 0;
    const db = faulty(core.databases.registrations, {
      before: () => {
        calls += 1;
      },
    });
    await start([never], { registrations: db, window: 5, now: () => NOW, random: () => 1 });
    await waitFor(async () =>
      expect(must(await core.databases.registrations.get<StoredRegistration>(ridOf(5))).attempts).toBe(1),
    );
    const before = calls;
    await pause(300);
    expect(calls - before).toBeLessThan(5);
  });

  test('lets go of a registration that was deleted under its hands, even when there is no room for anything else', async () => {
    const { registrations } = core.databases;
    const erase = effect('erase', async (works) => {
      const doc = await registrations.get<Doc>(ridOf(1));
      if (doc) await registrations.write([{ _id: doc._id, _rev: doc._rev, _deleted: true }]);
      return works.map(() => ({ kind: 'next' }));
    });
    await arrive(1);
    await arrive(2);
    const engine = await start([erase], { window: 1 });
    await waitForState(2, 'COMPLETED');
    await waitForCheckpoint();
    await engine.stop();
    const { db, given } = watched();
    await start([pass], { registrations: db });
    await pause(50);
    expect(given).toEqual([]);
  });

  test('is given up for what someone else wrote, even when there is no room for anything else', async () => {
    const { registrations } = core.databases;
    let meddled = false;
    const meddling = effect('meddle', async (works) => {
      if (!meddled) {
        meddled = true;
        const doc = must(await registrations.get<StoredRegistration>(ridOf(1)));
        await put(registrations, { ...doc, priority: 'urgent' });
      }
      return works.map(() => ({ kind: 'next' }));
    });
    await arrive(1);
    await start([meddling], { window: 1 });
    await waitForState(1, 'COMPLETED');
    expect(await registrations.get(ridOf(1))).toMatchObject({ priority: 'urgent' });
  });

  test('takes few packets at once when they are large', async () => {
    const sizes: number[] = [];
    const measure = effect('measure', async (works) => {
      sizes.push(works.length);
      return works.map(() => ({ kind: 'next' }));
    });
    const packet = { digest: '0'.repeat(64), bytes: 16 * 1024 * 1024, keyId: '0'.repeat(16) };
    for (let n = 1; n <= 10; n += 1) await arrive(n, { packet });
    await start([measure]);
    await waitForState(10, 'COMPLETED');
    expect(sizes).toEqual([4, 4, 2]);
  });
});

describe('the checkpoint of the engine', () => {
  test('keeps a restart from reading what is done', async () => {
    for (let n = 1; n <= 5; n += 1) await arrive(n);
    const engine = await start();
    await waitForState(5, 'COMPLETED');
    await waitForCheckpoint();
    await engine.stop();
    const { db, given } = watched();
    await start([pass], { registrations: db });
    await arrive(6);
    await waitForState(6, 'COMPLETED');
    expect(given.filter((id) => id !== ridOf(6))).toEqual([]);
  });

  test('stands before what is not done, so that a restart takes it up again', async () => {
    let works = false;
    const later = effect('later', async (batch) => {
      if (!works && batch.some(({ registration }) => registration._id === ridOf(2))) throw broken();
      return batch.map(() => ({ kind: 'next' }));
    });
    for (let n = 1; n <= 4; n += 1) await arrive(n);
    const engine = await start([later], { now: () => NOW, random: () => 1 });
    await waitForState(4, 'COMPLETED');
    await engine.stop();
    works = true;
    await start([later]);
    await waitForState(2, 'COMPLETED');
  });
});

describe('stopping the engine', () => {
  test('takes no time when there is nothing to do, and may be done twice', async () => {
    const engine = await start();
    await pause(20);
    const began = performance.now();
    await Promise.all([engine.stop(), engine.stop()]);
    expect(performance.now() - began).toBeLessThan(500);
  });

  test('waits for the batch at hand, and begins no other', async () => {
    let done = 0;
    const slow = effect('slow', async (works) => {
      await pause(50);
      done += works.length;
      return works.map(() => ({ kind: 'next' }));
    });
    for (let n = 1; n <= 6; n += 1) await arrive(n);
    const engine = await start([slow], { batchSize: 2 });
    await waitFor(async () => expect(await stateOf(1)).toBe('IN_FLOW'));
    await engine.stop();
    const after = done;
    await pause(80);
    expect(done).toBe(after);
    expect(after).toBeLessThan(6);
  });

  test('works while the store fails, and leaves no rejection that nobody handles', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    let failing = false;
    let calls = 0;
    const before = (): void => {
      calls += 1;
      if (failing) throw broken();
    };
    await arrive(1);
    const engine = await start([pass], {
      registrations: faulty(core.databases.registrations, { before }),
    });
    await waitForState(1, 'COMPLETED');
    failing = true;
    await arrive(2);
    await pause(1_200);
    const inTrouble = calls;
    await pause(300);
    // It does not hammer a store that is down.
    expect(calls - inTrouble).toBeLessThan(4);
    await engine.stop();
    await pause(10);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    await start();
    await waitForState(2, 'COMPLETED');
  });
});
