import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { END, type LoadedFlow } from './flow/flow.ts';
import { bindFlow } from './flow/load-flow.ts';
import { broken, lineOf, must, NOW, openTestCore, put, ridOf, stepOf, type TestCore } from './pipeline.fixture.ts';
import { type BatchTrial, batchTrial, each, effect, NEXT, pure } from './run-batch.fixture.ts';
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

describe('what goes wrong in a batch', () => {
  test('an unexpected error is tried again later, and is never an end (W4)', async () => {
    const moody = effect('e', async () => {
      throw broken();
    });
    const { saved } = await trial.run(await trial.arrived(1), [moody]);
    expect(saved).toMatchObject([{ state: 'IN_FLOW', stage: 'e', attempts: 1, notBefore: '2026-03-01T08:00:01.000Z' }]);
  });

  test('a pure stage that throws is tried again, too', async () => {
    const { saved } = await trial.run(await trial.arrived(1), [
      pure('a', () => {
        throw new TypeError('a mistake');
      }),
    ]);
    expect(saved).toMatchObject([{ state: 'IN_FLOW', stage: 'a', attempts: 1 }]);
  });

  test('a retry budget is per stage, and its end is a dead letter that keeps its place (W5)', async () => {
    let failures = 2;
    const moody = (name: string): EffectStage =>
      effect(name, async (works) => {
        failures -= 1;
        if (failures >= 0) throw broken();
        failures = 2;
        return each(works);
      });
    const never = effect('never', async () => {
      throw broken();
    });
    let batch: readonly StoredRegistration[] = await trial.arrived(1);
    for (let n = 0; n < 20 && batch[0]?.state !== 'DEAD_LETTER'; n += 1) {
      batch = (await trial.run(batch, [moody('a'), moody('b'), moody('c'), never])).saved;
      trial.clock = new Date(trial.clock.getTime() + 10_000);
    }
    expect(batch).toMatchObject([{ state: 'DEAD_LETTER', stage: 'never', attempts: 3 }]);
    expect(must(batch[0]).history.filter(({ outcome }) => outcome === 'retry')).toHaveLength(9);
  });

  test('one registration that spoils an effect does not spoil the others', async () => {
    const done: string[] = [];
    const picky = effect('e', async (works) => {
      if (works.some(({ registration }) => registration._id === ridOf(2))) throw new Error('this one');
      for (const { registration } of works) done.push(registration._id);
      return each(works);
    });
    const { saved } = await trial.run(await trial.arrived(4), [picky]);
    expect(saved.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['COMPLETED', 0],
      ['IN_FLOW', 1],
      ['COMPLETED', 0],
      ['COMPLETED', 0],
    ]);
    expect(done).toEqual([ridOf(1), ridOf(3), ridOf(4)]);
  });

  test('a registration whose stage its flow does not have is put aside, and the others go on', async () => {
    const batch = await trial.arrived(3);
    const flow = lineOf([pure('a')]);
    const lost: StoredRegistration = { ...must(batch[1]), state: 'IN_FLOW', stage: 'a' };
    const flowOf = ({ _id }: StoredRegistration): LoadedFlow => (_id === lost._id ? lineOf([pure('gone')]) : flow);
    await trial.run([must(batch[0]), lost, must(batch[2])], [], { flowOf });
    expect(await trial.states()).toEqual(['COMPLETED', 'DEAD_LETTER', 'COMPLETED']);
  });

  test('a registration whose flow is not at hand is left as it is: a worker that has it may come', async () => {
    const flow = lineOf([pure('a')]);
    const batch = await trial.arrived(2);
    await trial.run(batch, [], { flowOf: ({ _id }) => (_id === ridOf(1) ? undefined : flow) });
    expect(await trial.states()).toEqual(['RECEIVED', 'COMPLETED']);
  });

  test('an outcome that the flow has no route for puts its registration aside, and the others go on', async () => {
    const odd = pure('a', ({ registration }) =>
      registration._id === ridOf(1) ? { kind: 'park', reason: 'correction', until: NOW } : NEXT,
    );
    await trial.run(await trial.arrived(2), [odd]);
    expect(await trial.states()).toEqual(['DEAD_LETTER', 'COMPLETED']);
  });

  test('a flow that goes round for ever is stopped, and does not hold up another flow', async () => {
    const round = ['x', 'y'].map((name) => pure(name));
    const steps = [
      stepOf('x', { next: 'y', reject: END, fail: END }),
      stepOf('y', { next: 'x', reject: END, fail: END }),
    ];
    const success = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
    const circle = bindFlow({ name: 'NEW', version: 1, steps, wakers: {}, success, answer: '' }, round);
    const straight = lineOf([effect('e', async (works) => each(works))]);
    await trial.run(await trial.arrived(2), [], { flowOf: ({ _id }) => (_id === ridOf(1) ? circle : straight) });
    expect(await trial.states()).toEqual(['DEAD_LETTER', 'COMPLETED']);
  });

  test('nobody gets the outcome of another when a stage gives too few or too many', async () => {
    const sloppy = effect('e', async (works) => {
      if (works.length > 1) return [NEXT];
      const [work] = works;
      if (work?.registration._id === ridOf(1)) return [];
      if (work?.registration._id === ridOf(2)) return [NEXT, NEXT];
      return [{ kind: 'reject', code: 'ENR-DDP-001' }];
    });
    const { saved } = await trial.run(await trial.arrived(4), [sloppy]);
    expect(saved.map(({ state }) => state)).toEqual(['IN_FLOW', 'IN_FLOW', 'REJECTED', 'REJECTED']);
  });

  test('an effect that hangs is given up at its deadline, for all of its registrations at once', async () => {
    let calls = 0;
    const hangs = effect('e', async () => {
      calls += 1;
      await sleep(5_000, undefined, { ref: false });
      return [];
    });
    const success = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
    const steps = [stepOf('e', { next: END, reject: END, fail: END }, { deadlineMs: 50 })];
    const flow = bindFlow({ name: 'NEW', version: 1, steps, wakers: {}, success, answer: '' }, [hangs]);
    const began = performance.now();
    const { saved } = await trial.run(await trial.arrived(20), [], { flowOf: () => flow });
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(calls).toBe(1);
    expect(saved.map(({ attempts }) => attempts)).toEqual(new Array(20).fill(1));
  });

  test('trying one by one takes no longer than a deadline, either', async () => {
    const slow = effect('e', async (works) => {
      if (works.length > 1) throw new Error('not together');
      await sleep(40);
      return each(works);
    });
    const success = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
    const steps = [stepOf('e', { next: END, reject: END, fail: END }, { deadlineMs: 150 })];
    const flow = bindFlow({ name: 'NEW', version: 1, steps, wakers: {}, success, answer: '' }, [slow]);
    const began = performance.now();
    const { saved } = await trial.run(await trial.arrived(20), [], { flowOf: () => flow });
    expect(performance.now() - began).toBeLessThan(700);
    expect(saved[0]?.state).toBe('COMPLETED');
    expect(saved.at(-1)).toMatchObject({ state: 'IN_FLOW', attempts: 1 });
  });
});

describe('a registration that someone else writes meanwhile', () => {
  const overwrite = async (rid: string): Promise<void> => {
    const theirs = must(await trial.registrations.get<StoredRegistration>(rid));
    await put(trial.registrations, { ...theirs, priority: 'urgent' });
  };

  test('is theirs: it is not written over, nothing more is done for it, and the others go on', async () => {
    const done: string[] = [];
    const act = effect('act', async (works) => {
      for (const { registration } of works) done.push(registration._id);
      return each(works);
    });
    const batch = await trial.arrived(3);
    await overwrite(ridOf(2));
    const { saved, overtaken } = await trial.run(batch, [pure('a'), act]);
    expect(overtaken).toEqual([ridOf(2)]);
    expect(saved.map(({ _id }) => _id)).toEqual([ridOf(1), ridOf(3)]);
    expect(done).toEqual([ridOf(1), ridOf(3)]);
    expect(await trial.registrations.get(ridOf(2))).toMatchObject({ state: 'RECEIVED', priority: 'urgent' });
  });

  test('is theirs even in the middle of an effect', async () => {
    const batch = await trial.arrived(2);
    const meddling = effect('e', async (works) => {
      await overwrite(ridOf(1));
      return each(works);
    });
    const { overtaken } = await trial.run(batch, [meddling]);
    expect(overtaken).toEqual([ridOf(1)]);
    expect(await trial.registrations.get(ridOf(1))).toMatchObject({ state: 'IN_FLOW', priority: 'urgent' });
  });

  test('is theirs when they deleted it', async () => {
    const batch = await trial.arrived(1);
    await trial.registrations.write([{ _id: ridOf(1), _rev: must(batch[0])._rev, _deleted: true }]);
    expect(await trial.run(batch, [pure('a')])).toMatchObject({ saved: [], overtaken: [ridOf(1)] });
  });
});

describe('a registration that the store refuses', () => {
  test('is put aside as it was stored, so that it is not run again and again', async () => {
    const greedy = pure('a', ({ registration }) => {
      const poor = new Array<'FACE'>(200_000).fill('FACE');
      return registration._id === ridOf(1) ? { kind: 'next', facts: { poor } } : NEXT;
    });
    const { saved } = await trial.run(await trial.arrived(2), [greedy]);
    expect(saved).toEqual(await trial.stored());
    expect(saved).toMatchObject([{ state: 'DEAD_LETTER', facts: {} }, { state: 'COMPLETED' }]);
  });
});
