/** What was left for lack of room is found again, whatever other readings come by it. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ALL_LANES } from '../engine.fixture.ts';
import { must, OTHER_STATION, randomOf, registrationOf, ridOf, STATION } from '../pipeline.fixture.ts';
import { BacklogTrial } from './backlog.fixture.ts';

const upTo = (count: number, from = 1): number[] => Array.from({ length: count }, (_, n) => from + n);

async function finishAll(trial: BacklogTrial): Promise<void> {
  for (let turn = 0; turn < 200 && (await trial.open()).length > 0; turn += 1) {
    for (let read = 0; read < 4; read += 1) await trial.read();
    for (const { _id } of trial.window.all()) await trial.finish(_id);
  }
}

describe('a place behind which something was left', () => {
  test('stays when a look meets the one that had to leave there, which has moved since', async () => {
    let mayHold = true;
    const numbers = upTo(30);
    const used = new Set(numbers.map((n) => registrationOf(ridOf(n)).lane));
    const [spare] = ALL_LANES.filter((lane) => !used.has(lane));
    const trial = new BacklogTrial({ total: 10, mayHold: () => mayHold, held: [...used] });
    await trial.arrive(numbers);
    await trial.begin();
    await trial.readOn();
    const [one] = trial.window.all();
    mayHold = false;
    await trial.goOn(must(one)._id);
    mayHold = true;
    expect(trial.window.size).toBe(9);
    // Another worker had this lane, and was further on in the feed.
    trial.backlog.lanesChanged({ gained: [{ lane: must(spare), fence: 1, since: '29' }], lost: [] });
    await trial.readOn();
    expect(await trial.missed()).toEqual([]);
    await finishAll(trial);
    expect(await trial.open()).toEqual([]);
  });

  test('stays when urgent ones are looked for, which do not wait for what lies before them', async () => {
    const trial = new BacklogTrial({ total: 8 });
    await trial.arrive(upTo(30));
    await trial.arrive(upTo(10, 41), STATION, { priority: 'urgent' });
    await trial.begin();
    await trial.readOn();
    const order: number[] = [];
    for (let turn = 0; turn < 100 && trial.window.size > 0; turn += 1) {
      const urgent = trial.window.all().find(({ priority }) => priority === 'urgent');
      const next = must(urgent ?? trial.window.all()[0]);
      order.push(Number(next._id.slice(10, 15)));
      await trial.finish(next._id);
      await trial.readOn();
      expect(await trial.missed()).toEqual([]);
    }
    expect(order.slice(0, 10).toSorted()).toEqual(upTo(10, 41));
    expect(order.toSorted((a, b) => a - b)).toEqual([...upTo(30), ...upTo(10, 41)]);
  });
});

afterEach(() => vi.restoreAllMocks());

describe('in a feed of two shards, whose places are only partly in an order', () => {
  test.each(upTo(25))('nothing is missed behind the checkpoint, and everything is found (seed %i)', async (seed) => {
    const random = randomOf(seed);
    const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
    let share = 1;
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    const trial = new BacklogTrial({
      total: 2 + Math.floor(random() * 5),
      held: ALL_LANES.slice(0, 40),
      mayHold: () => random() < share,
      shards: random,
    });
    await trial.arrive(upTo(12));
    await trial.begin();
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
        share = random() < 0.5 ? 1 : 0.6;
      },
      () => {
        const isAll = random() < 0.1;
        const lost = [...trial.lanes.held().keys()].filter(() => isAll || random() < 0.3);
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
    share = 1;
    trial.lanes.gain([...free]);
    // A fill that was in vain rests for a while.
    nowMs += 60_000;
    await finishAll(trial);
    expect(await trial.open()).toEqual([]);
    await trial.readOn();
    expect(trial.backlog.checkpoint?.since).toBe((await trial.feed.info()).updateSeq);
  });
});
