import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { UNOBSERVED } from './observe/observer.ts';
import type { Outcome } from './outcome.ts';
import { broken, faulty, lineOf, must, NOW, openTestCore, ridOf, type TestCore } from './pipeline.fixture.ts';
import { type BatchTrial, batchTrial, each, effect, NEXT, pure } from './run-batch.fixture.ts';
import type { EffectStage } from './stage.ts';
import { stageRest } from './stage-rest.ts';

let core: TestCore;
let trial: BatchTrial;
beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.dispose());
beforeEach(async () => {
  trial = await batchTrial(core);
});

/** Notes the sizes of its tries, and how many of them run at once. */
function measured(name = 'e') {
  const seen = { sizes: [] as number[], running: 0, most: 0 };
  const stage: EffectStage = effect(name, async (works) => {
    seen.sizes.push(works.length);
    seen.running += 1;
    seen.most = Math.max(seen.most, seen.running);
    await sleep(5);
    seen.running -= 1;
    return each(works);
  });
  return { seen, stage };
}

describe('an effect', () => {
  test.each([
    [3, 1, [3, 3, 3, 1]],
    [3, 2, [3, 3, 3, 1]],
    [100, 4, [10]],
    [1, 4, new Array(10).fill(1)],
  ])(
    'with batch %i and concurrency %i is tried in such parts, and so many at once',
    async (batch, concurrency, sizes) => {
      const { seen, stage } = measured();
      await trial.run(await trial.arrived(10), [stage], { step: { batch, concurrency } });
      expect(seen.sizes).toEqual(sizes);
      expect(seen.most).toBe(Math.min(concurrency, sizes.length));
      expect(await trial.states()).toEqual(new Array(10).fill('COMPLETED'));
    },
  );

  test('that several flows share keeps to the closest of their limits', async () => {
    const { seen, stage } = measured();
    const flow = lineOf([stage]);
    const flows = [
      { batch: 4, concurrency: 3 },
      { batch: 2, concurrency: 5 },
    ].map((limits) => ({ ...flow, step: (name: string) => ({ ...flow.step(name), ...limits }) }));
    const flowOf = ({ _id }: StoredRegistration) => flows[_id === ridOf(1) ? 0 : 1];
    await trial.run(await trial.arrived(8), [], { flowOf });
    expect(seen).toMatchObject({ sizes: [2, 2, 2, 2], most: 3 });
  });

  test('runs beside those of other flows: one that is slow holds up no other', async () => {
    const order: string[] = [];
    const noting = (name: string, ms: number) =>
      effect(name, async (works) => {
        await sleep(ms);
        order.push(name);
        return each(works);
      });
    const flows = [lineOf([noting('slow', 60)]), lineOf([noting('quick', 1)])];
    await trial.run(await trial.arrived(2), [], { flowOf: ({ _id }) => flows[_id === ridOf(1) ? 0 : 1] });
    expect(order).toEqual(['quick', 'slow']);
  });

  test('of a lane that may be lost is not begun, and its registration is told as not ours', async () => {
    const { seen, stage } = measured();
    const batch = await trial.arrived(4);
    const lost = must(batch[1]);
    const others = batch.filter(({ lane }) => lane !== lost.lane);
    let saves = 0;
    const gaining = effect('first', async (works) => {
      saves += 1;
      return each(works);
    });
    const result = await trial.run(batch, [
      gaining,
      pure('between', ({ registration }) => {
        if (registration._id === lost._id) trial.lanes.lose([lost.lane]);
        return NEXT;
      }),
      stage,
    ]);
    expect(saves).toBe(1);
    expect(seen.sizes).toEqual([others.length]);
    expect(result.notOurs).toContain(lost._id);
    expect(result.saved).toHaveLength(others.length);
  });
});

describe('what holds a registration up', () => {
  const until = new Date(NOW.getTime() + 60_000);
  const pause: Outcome = { kind: 'park', reason: 'paused', until, pause: { rule: 'audit', after: 'resume' } };

  test('is asked before each stage, and has it wait there, without a try spent', async () => {
    const { seen, stage } = measured('second');
    const asked: string[] = [];
    const { settled } = await trial.run(await trial.arrived(2), [pure('first'), stage, pure('third')], {
      gate: ({ _id, stage: at }) => {
        asked.push(`${Number(_id.slice(10, 15))} ${at}`);
        return _id === ridOf(1) && at === 'second' ? pause : undefined;
      },
    });
    expect(settled).toMatchObject([
      { registration: { state: 'PARKED', stage: 'second', attempts: 0 }, waits: true },
      { registration: { state: 'COMPLETED' }, waits: false },
    ]);
    expect(seen.sizes).toEqual([1]);
    expect(new Set(asked)).toEqual(new Set(['1 first', '2 first', '1 second', '2 second', '2 third']));
    expect([...trial.timers.all.values()]).toMatchObject([{ rid: ridOf(1), at: until.toISOString() }]);
  });
});

describe('a stage that rests', () => {
  const ever = new Error('away');
  const failing = effect('fails', async () => {
    throw ever;
  });

  test('is not tried, spends no retry, and keeps nobody from going on', async () => {
    const { seen, stage } = measured('works');
    const flows = [lineOf([failing]), lineOf([stage])];
    const rest = { allowed: (name: string) => (name === 'fails' ? 0 : Infinity), note: () => undefined };
    await trial.run(await trial.arrived(4), [], {
      rest,
      flowOf: ({ _id }) => flows[_id <= ridOf(2) ? 0 : 1],
    });
    expect(seen.sizes).toEqual([2]);
    expect((await trial.stored()).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['IN_FLOW', 0],
      ['IN_FLOW', 0],
      ['COMPLETED', 0],
      ['COMPLETED', 0],
    ]);
  });

  test('is tried with a few when its pause is over, and works again when one of them gets on', async () => {
    let nowMs = 0;
    let isAway = true;
    const sizes: number[] = [];
    const moody = effect('moody', async (works) => {
      sizes.push(works.length);
      if (isAway) throw ever;
      return each(works);
    });
    const rest = stageRest({ nowMs: () => nowMs, random: () => 1 });
    const turn = async (): Promise<number> => {
      sizes.length = 0;
      trial.clock = new Date(trial.clock.getTime() + 10_000);
      const open = (await trial.stored()).filter(({ state }) => state === 'RECEIVED' || state === 'IN_FLOW');
      await trial.run(open, [moody], { rest, step: { retry: { budget: 50, baseMs: 1, capMs: 1 } } });
      return Math.max(0, ...sizes);
    };
    await trial.arrived(9);
    for (let n = 0; n < 3; n += 1) expect(await turn()).toBe(9);
    expect(await turn()).toBe(0);
    nowMs += 1_000;
    expect(await turn()).toBe(3);
    nowMs += 1_000;
    expect(await turn()).toBe(0);
    isAway = false;
    nowMs += 1_000;
    expect(await turn()).toBe(3);
    expect(await turn()).toBe(6);
    expect(await trial.states()).toEqual(new Array(9).fill('COMPLETED'));
  });
});

describe('what a batch tells its observer', () => {
  test('are moves that are saved, and no others', async () => {
    const moved: string[] = [];
    const observer = {
      ...UNOBSERVED,
      moved: (moves: readonly { readonly by: string }[]) => moved.push(...moves.map(({ by }) => by)),
    };
    const batch = await trial.arrived(1);
    const fail = (method: string): void => {
      if (method === 'write') throw broken();
    };
    const unable = faulty(trial.registrations, { before: fail });
    await expect(trial.run(batch, [pure('a')], { observer, db: unable })).rejects.toThrow('broken');
    expect(moved).toEqual([]);
    await trial.run(batch, [pure('a')], { observer });
    expect(moved).toEqual(['enter', 'next']);
  });
});
