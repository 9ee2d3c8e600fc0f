import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { END } from './flow/flow.ts';
import { bindFlow } from './flow/load-flow.ts';
import { lineOf, must, NOW, openTestCore, ridOf, stepOf, type TestCore } from './pipeline.fixture.ts';
import { type BatchTrial, batchTrial, each, effect, NEXT, pure } from './run-batch.fixture.ts';
import { isDue } from './run-batch.ts';
import type { EffectStage } from './stage.ts';

let core: TestCore;
let trial: BatchTrial;
beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.dispose());
beforeEach(async () => {
  trial = await batchTrial(core);
});

describe('a batch', () => {
  test('takes what has arrived to its end and says what it has saved', async () => {
    const { saved, overtaken } = await trial.run(await trial.arrived(3), [
      pure('a'),
      effect('b', async (works) => each(works)),
    ]);
    expect(saved.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    expect(saved).toEqual(await trial.stored());
    expect(overtaken).toEqual([]);
  });

  test('saves consecutive pure stages once, and all registrations with one write', async () => {
    const { db, writes } = trial.counting();
    await trial.run(await trial.arrived(5), [pure('a'), pure('b'), pure('c')], { db });
    expect(writes).toEqual([5]);
  });

  test('saves before every effect, so that the effect finds in the store what was decided', async () => {
    const seen: (string | undefined)[] = [];
    const { db, writes } = trial.counting();
    const look = (name: string): EffectStage =>
      effect(name, async (works) => {
        for (const { stage, facts } of await trial.stored()) seen.push(`${stage} ${facts.ageGroup}`);
        return each(works);
      });
    const decide = pure('a', () => ({ kind: 'next', facts: { ageGroup: 'ADULT' } }));
    await trial.run(await trial.arrived(1), [decide, pure('b'), look('c'), look('d')], { db });
    expect(seen).toEqual(['c ADULT', 'd ADULT']);
    expect(writes).toEqual([1, 1, 1]);
  });

  test('does an effect once for all of its registrations, whichever flow they are in', async () => {
    const sizes: number[] = [];
    const shared = effect('e', async (works) => {
      sizes.push(works.length);
      return each(works);
    });
    const long = lineOf([pure('a'), pure('b'), shared]);
    const short = lineOf([shared]);
    const batch = await trial.arrived(4);
    await trial.run(batch, [], { flowOf: ({ _id }) => (_id === ridOf(1) ? long : short) });
    expect(sizes).toEqual([4]);
  });

  test('tells a stage the verdict that stands, or the one to come', async () => {
    const verdicts: unknown[] = [];
    const tell = effect('tell', async (works) => {
      for (const { verdict } of works) verdicts.push(verdict);
      return each(works);
    });
    const judge = pure('judge', ({ registration }) =>
      registration._id === ridOf(1) ? { kind: 'reject', code: 'ENR-DDP-001' } : NEXT,
    );
    const on = { next: 'tell', reject: 'tell', fail: 'tell' };
    const success = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
    const steps = [stepOf('judge', on), stepOf('tell', { next: END, reject: END, fail: END })];
    const flow = bindFlow({ name: 'NEW', version: 1, steps, wakers: {}, success, answer: '' }, [judge, tell]);
    await trial.run(await trial.arrived(2), [], { flowOf: () => flow });
    expect(verdicts).toEqual([{ state: 'REJECTED', code: 'ENR-DDP-001' }, success]);
    expect(await trial.states()).toEqual(['REJECTED', 'COMPLETED']);
  });

  test('of nothing writes nothing', async () => {
    const { db, writes } = trial.counting();
    expect(await trial.run([], [pure('a')], { db })).toEqual({ saved: [], settled: [], overtaken: [], notOurs: [] });
    expect(writes).toEqual([]);
  });

  test('leaves alone what is not due', async () => {
    const [one] = await trial.arrived(1);
    const later = new Date(NOW.getTime() + 1).toISOString();
    const waiting: StoredRegistration = { ...must(one), state: 'IN_FLOW', stage: 'a', notBefore: later };
    expect(isDue(waiting, NOW)).toBe(false);
    expect(isDue(waiting, new Date(NOW.getTime() + 1))).toBe(true);
    expect(isDue({ ...waiting, state: 'PARKED' }, new Date(NOW.getTime() + 1))).toBe(false);
    const { saved } = await trial.run([waiting], [pure('a')]);
    expect(saved).toEqual([]);
    expect(await trial.stored()).toEqual([one]);
  });
});
