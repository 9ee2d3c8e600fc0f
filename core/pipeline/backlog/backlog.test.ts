import { describe, expect, test } from 'vitest';
import { ALL_LANES } from '../engine.fixture.ts';
import { NOW, OTHER_STATION, randomOf, registrationOf, ridOf, STATION } from '../pipeline.fixture.ts';
import { BacklogTrial, type TrialOptions } from './backlog.fixture.ts';

/** Those of these numbers have arrived before the worker comes. */
async function trialOf(numbers: readonly number[], options: TrialOptions = {}): Promise<BacklogTrial> {
  const trial = new BacklogTrial(options);
  await trial.arrive(numbers);
  await trial.begin();
  return trial;
}

const ids = (those: readonly { readonly _id: string }[]): string[] => those.map(({ _id }) => _id);
const upTo = (count: number, from = 1): number[] => Array.from({ length: count }, (_, n) => from + n);

describe('a backlog longer than the window', () => {
  test('is looked through, held as far as there is room, and the rest is remembered as one place', async () => {
    const trial = await trialOf(upTo(10));
    await trial.readOn();
    expect(trial.held()).toEqual([1, 2, 3, 4]);
    expect(trial.backlog.hasSkipped).toBe(true);
    expect(trial.backlog.checkpoint?.since).toBeUndefined();
    await trial.finish(ridOf(1));
    expect(trial.backlog.checkpoint?.since).toBe('1');
  });

  test('comes in as room becomes free, each once more read and no further than there is room', async () => {
    const trial = await trialOf(upTo(40));
    await trial.readOn();
    expect(trial.given).toBe(40);
    const order: number[] = [];
    while (trial.held().length > 0) {
      for (const n of trial.held()) {
        order.push(n);
        await trial.finish(ridOf(n));
      }
      await trial.readOn();
      expect(trial.window.size).toBeLessThanOrEqual(4);
    }
    expect(order).toEqual(upTo(40));
    expect(trial.given).toBeLessThanOrEqual(2 * 40);
    await trial.readOn();
    expect(trial.backlog.checkpoint?.since).toBe((await trial.db.info()).updateSeq);
  });

  test('is not read again while nothing in it may be held', async () => {
    const trial = await trialOf(upTo(20), { mayHold: () => false });
    for (let turn = 0; turn < 20; turn += 1) await trial.read();
    // Once for the look, once for a fill that finds nothing to hold.
    expect(trial.given).toBeLessThanOrEqual(40);
    expect(await trial.missed()).toEqual([]);
  });
});

describe('a fill that finds nothing left', () => {
  test('keeps nobody waiting who is skipped after it', async () => {
    const trial = await trialOf(upTo(6));
    await trial.readOn();
    for (const n of [5, 6, ...trial.held()]) await trial.finish(ridOf(n));
    await trial.readOn();
    await trial.arrive(upTo(6, 11));
    await trial.readOn();
    expect(trial.held()).toEqual([11, 12, 13, 14]);
    for (const n of trial.held()) await trial.finish(ridOf(n));
    await trial.readOn();
    expect(trial.held()).toEqual([15, 16]);
  });
});

describe('the checkpoint', () => {
  test('is not known while lanes that were gained are still to be looked through', async () => {
    const trial = await trialOf(upTo(3));
    expect(trial.backlog.checkpoint).toBeUndefined();
    expect(trial.backlog.isBehind).toBe(true);
    await trial.readOn();
    expect(trial.backlog.checkpoint).toBeDefined();
  });

  test('stays before one that goes on, and passes it when it is done', async () => {
    const trial = await trialOf(upTo(2));
    await trial.readOn();
    await trial.goOn(ridOf(1));
    await trial.finish(ridOf(2));
    expect(await trial.missed()).toEqual([]);
    await trial.readOn();
    // Its newest change is the third of the feed, and has been met there.
    expect(trial.backlog.checkpoint?.since).toBe('2');
    await trial.finish(ridOf(1));
    await trial.readOn();
    expect(trial.backlog.checkpoint?.since).toBe((await trial.db.info()).updateSeq);
  });

  test('does not wait for what waits: that has a timer, also when it had none before', async () => {
    const until = new Date(NOW.getTime() + 60_000).toISOString();
    const trial = new BacklogTrial();
    await trial.arrive([1], STATION, { state: 'PARKED', stage: 'work', parked: { reason: 'answer', until } });
    await trial.begin();
    await trial.readOn();
    expect([...trial.timers.all.values()]).toEqual([{ rid: ridOf(1), lane: registrationOf(ridOf(1)).lane, at: until }]);
    expect(trial.held()).toEqual([]);
    expect(trial.backlog.checkpoint?.since).toBe('1');
  });

  test('does not wait for lanes that are lost', async () => {
    const trial = await trialOf(upTo(2));
    await trial.readOn();
    trial.lanes.lose(ALL_LANES);
    expect(trial.held()).toEqual([]);
    expect(trial.backlog.checkpoint?.since).toBe('2');
  });
});

describe('a fill that lanes put off', () => {
  test('leaves what it holds where the checkpoint waits for it, although no reading knows its place any more', async () => {
    const trial = await trialOf(upTo(8));
    await trial.readOn();
    for (const n of [1, 2]) await trial.finish(ridOf(n));
    await trial.readOn();
    expect(trial.held()).toEqual([3, 4, 5, 6]);
    // A lane that was read to the end by its last holder.
    const empty = ALL_LANES.filter((lane) => upTo(8).every((n) => registrationOf(ridOf(n)).lane !== lane)).slice(0, 1);
    trial.lanes.progress((await trial.db.info()).updateSeq);
    trial.lanes.lose(empty);
    trial.lanes.gain(empty);
    for (const n of [3, 4, 7, 8]) {
      await trial.readOn();
      await trial.finish(ridOf(n));
    }
    await trial.readOn();
    expect(trial.held()).toEqual([5, 6]);
    expect(await trial.missed()).toEqual([]);
    for (const n of [5, 6]) await trial.finish(ridOf(n));
    await trial.readOn();
    expect(trial.backlog.checkpoint?.since).toBe((await trial.db.info()).updateSeq);
  });
});

describe('a newcomer', () => {
  test('of a center of which there is nothing displaces the newest of the one of which there is most, which is found again', async () => {
    const trial = await trialOf(upTo(4));
    await trial.readOn();
    await trial.arrive([9], OTHER_STATION);
    await trial.readOn();
    expect(trial.held()).toEqual([1, 2, 3, 9]);
    expect(await trial.missed()).toEqual([]);
    for (const { _id } of trial.window.all()) await trial.finish(_id);
    await trial.readOn();
    expect(trial.held()).toEqual([4]);
  });

  test('that is urgent has room, and what is skipped for lack of it is found when there is some', async () => {
    const trial = await trialOf(upTo(4));
    await trial.readOn();
    await trial.arrive([7, 8], STATION, { priority: 'urgent' });
    await trial.readOn();
    expect(trial.held()).toEqual([1, 2, 3, 7, 8]);
    for (const n of [1, 2]) await trial.finish(ridOf(n));
    await trial.readOn();
    expect(trial.held()).toContain(8);
  });

  test('may come while a lane is gained in the middle of a fill, and nothing is lost by that', async () => {
    const trial = await trialOf(upTo(30), { held: ALL_LANES.slice(0, 32) });
    await trial.readOn();
    for (const { _id } of trial.window.all().slice(0, 2)) await trial.finish(_id);
    await trial.read();
    trial.lanes.gain(ALL_LANES.slice(32));
    await trial.arrive([50]);
    expect(await trial.missed()).toEqual([]);
    for (let turn = 0; turn < 100 && (await trial.open()).length > 0; turn += 1) {
      await trial.readOn();
      for (const { _id } of trial.window.all()) await trial.finish(_id);
    }
    expect(ids(await trial.open())).toEqual([]);
  });
});

describe('whatever comes in whatever order', () => {
  test.each(upTo(30))('nothing is missed behind the checkpoint, and everything is found (seed %i)', async (seed) => {
    const random = randomOf(seed);
    const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
    const trial = await trialOf(upTo(12), { total: 2 + Math.floor(random() * 5), held: ALL_LANES.slice(0, 40) });
    const free = new Set(ALL_LANES.slice(40));
    let arrived = 100;
    const steps: (() => Promise<void> | void)[] = [
      () => trial.read(),
      () => trial.read(),
      async () => {
        arrived += 3;
        const change = random() < 0.3 ? ({ priority: 'urgent' } as const) : {};
        await trial.arrive(upTo(1 + Math.floor(random() * 3), arrived), pick([STATION, OTHER_STATION]), change);
      },
      async () => {
        const one = pick(trial.window.all());
        if (one) await trial.finish(one._id);
      },
      async () => {
        const one = pick(trial.window.all());
        if (one) await trial.goOn(one._id);
      },
      () => {
        const lost = [...trial.lanes.held().keys()].filter(() => random() < 0.3);
        trial.lanes.lose(lost);
        for (const lane of lost) free.add(lane);
      },
      () => {
        const gained = [...free].filter(() => random() < 0.5);
        for (const lane of gained) free.delete(lane);
        if (gained.length > 0) trial.lanes.gain(gained);
      },
    ];
    for (let step = 0; step < 120; step += 1) {
      const { checkpoint } = trial.backlog;
      if (checkpoint) trial.lanes.progress(checkpoint.since);
      await pick(steps)?.();
      expect(await trial.missed()).toEqual([]);
    }
    trial.lanes.gain([...free]);
    for (let turn = 0; turn < 200 && (await trial.open()).length > 0; turn += 1) {
      await trial.readOn();
      for (const { _id } of trial.window.all()) await trial.finish(_id);
    }
    expect(ids(await trial.open())).toEqual([]);
    await trial.readOn();
    expect(trial.backlog.checkpoint?.since).toBe((await trial.db.info()).updateSeq);
  });
});
