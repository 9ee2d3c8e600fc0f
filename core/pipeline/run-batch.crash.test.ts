import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Doc } from '../store/store.ts';
import { engineParts } from './engine.fixture.ts';
import {
  broken,
  type Faults,
  faulty,
  faultyDatabases,
  NOW,
  openTestCore,
  ridOf,
  type TestCore,
} from './pipeline.fixture.ts';
import { type BatchTrial, batchTrial, each, effect, pure } from './run-batch.fixture.ts';
import { isDue, runBatch } from './run-batch.ts';
import { loadShippedFlows } from './shipped-flows.ts';
import type { EffectStage, Stage } from './stage.ts';

let core: TestCore;
let trial: BatchTrial;
beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.dispose());
beforeEach(async () => {
  trial = await batchTrial(core);
});

describe('a crash', () => {
  /** The outside world of the effect: what was done, by a name that is the same at every try, and how often. */
  const world = (): { readonly done: Map<string, number>; readonly stages: readonly Stage[] } => {
    const done = new Map<string, number>();
    const act = (name: string): EffectStage =>
      effect(name, async (works) => {
        const stored = await trial.stored();
        for (const { registration } of works) {
          const key = `${name} ${registration._id}`;
          // An idempotent write: the second time changes nothing, and comes only when nothing says that it is done.
          done.set(key, (done.get(key) ?? 0) + 1);
          const isSaved = stored.some(({ _id, _rev }) => _id === registration._id && _rev === registration._rev);
          if (!isSaved) done.set(`${key} on what is not saved`, 1);
        }
        return each(works);
      });
    return { done, stages: [pure('a'), act('b'), pure('c'), act('d')] };
  };

  test.each(['before', 'after'] as const)(
    'just %s any write leaves work that the next run brings to the same end',
    async (when) => {
      for (let crashAt = 1; ; crashAt += 1) {
        trial.registrations = await trial.core.store.database(`crash-${when}-${crashAt}`);
        const { done, stages } = world();
        const batch = await trial.arrived(3);
        let calls = 0;
        const crash: Faults[typeof when] = (method) => {
          if (method === 'write') calls += 1;
          if (method === 'write' && calls === crashAt) throw broken();
        };
        const db = faulty(trial.registrations, { [when]: crash });
        const crashed = await trial.run(batch, stages, { db }).then(
          () => false,
          () => true,
        );
        // Started again: all that is known is what is stored.
        await trial.run(
          (await trial.stored()).filter((registration) => isDue(registration, trial.clock)),
          stages,
        );
        expect(await trial.states()).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
        expect([...done.keys()].sort()).toEqual(
          ['b', 'd'].flatMap((name) => [1, 2, 3].map((n) => `${name} ${ridOf(n)}`)),
        );
        for (const { history } of await trial.stored())
          expect(history.map(({ stage }) => stage)).toEqual(['a', 'b', 'c', 'd']);
        // The save of "b" is the second one, that of "d" the third: only what it was to say is done once more.
        const lost = when === 'before' ? { 2: 'b', 3: 'd' }[crashAt] : undefined;
        for (const [key, times] of done) expect(times, key).toBe(lost && key.startsWith(lost) ? 2 : 1);
        if (!crashed) {
          expect(crashAt).toBe(4);
          return;
        }
      }
    },
  );

  test.each(['before', 'after'] as const)(
    'just %s any call of the shipped flows repeats work and doubles nothing',
    async (when) => {
      const { vault, keyFor } = core;
      const rest = { allowed: () => Number.POSITIVE_INFINITY, note: () => undefined };
      const common = { ...engineParts(), rest, vault, keyFor, now: () => NOW, random: () => 0 };
      for (let crashAt = 1; ; crashAt += 1) {
        const arrival = await trial.core.arrive();
        let calls = 0;
        // Nothing works any more in a process that is dead.
        const faults: Faults = {
          [when]: () => {
            calls += 1;
            if (calls >= crashAt) throw broken();
          },
        };
        const dying = faultyDatabases(trial.core.databases, faults);
        const { flowOf: dyingFlow } = loadShippedFlows(dying, trial.core.keys, trial.core.register.card);
        const crashed = await runBatch([arrival], {
          ...common,
          registrations: dying.registrations,
          flowOf: dyingFlow,
        }).then(
          () => false,
          () => true,
        );
        const left = await trial.core.get(arrival._id);
        const { flowOf } = loadShippedFlows(trial.core.databases, trial.core.keys, trial.core.register.card);
        if (isDue(left, NOW))
          await runBatch([left], { ...common, registrations: trial.core.databases.registrations, flowOf });
        expect(await trial.core.get(arrival._id)).toMatchObject({ state: 'COMPLETED' });
        for (const kind of ['receipt', 'result']) {
          expect(await trial.core.sent(`${kind}:${arrival._id}`)).toHaveLength(kind === 'receipt' ? 2 : 1);
        }
        const records = await trial.core.databases.identities.range<Doc & { rid: string }>({
          start: '0',
          end: ':',
          limit: 1000,
        });
        expect(records.filter(({ rid }) => rid === arrival._id)).toHaveLength(1);
        const numbers = await trial.core.databases.uins.range<Doc & { rid: string }>({
          start: 'uin:',
          end: 'uin;',
          limit: 1000,
        });
        expect(numbers.filter(({ rid }) => rid === arrival._id)).toHaveLength(1);
        if (!crashed) {
          expect(crashAt).toBeGreaterThan(15);
          return;
        }
      }
    },
  );
});
