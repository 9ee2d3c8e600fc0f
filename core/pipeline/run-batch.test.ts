import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import type { Database, Doc } from '../store/store.ts';
import { END, type LoadedFlow, loadFlow } from './flow.ts';
import { USUAL } from './flows/new.ts';
import type { Outcome } from './outcome.ts';
import {
  broken,
  enrolmentOf,
  type Faults,
  faulty,
  faultyDatabases,
  lineOf,
  must,
  NOW,
  openTestCore,
  put,
  registrationOf,
  ridOf,
  silent,
  stepOf,
  type TestCore,
} from './pipeline.fixture.ts';
import { type BatchResult, isDue, runBatch } from './run-batch.ts';
import { loadShippedFlows } from './shipped-flows.ts';
import type { EffectStage, PureStage, Stage, Work } from './stage.ts';

let core: TestCore;
let registrations: Database;
let databases = 0;
let clock: Date;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.dispose());
beforeEach(async () => {
  databases += 1;
  registrations = await core.store.database(`batch${databases}`);
  clock = NOW;
});

const NEXT: Outcome = { kind: 'next' };

/** A pure stage that does not care for the packet. */
function pure(
  name: string,
  decide: PureStage['decide'] = () => NEXT,
  outcomes: PureStage['outcomes'] = ['next', 'reject'],
): PureStage {
  return { name, kind: 'pure', outcomes, decide };
}

function effect(
  name: string,
  perform: EffectStage['perform'],
  outcomes: EffectStage['outcomes'] = ['next', 'reject'],
): EffectStage {
  return { name, kind: 'effect', reads: false, outcomes, perform };
}

const each = (works: readonly Work[], outcome: (rid: string) => Outcome = () => NEXT): Outcome[] =>
  works.map(({ registration }) => outcome(registration._id));

/** Registrations that have arrived, over packets that open. */
async function arrived(count: number): Promise<StoredRegistration[]> {
  const packet = (await core.arrive()).packet;
  return Promise.all(
    Array.from({ length: count }, (_, n) => put(registrations, registrationOf(ridOf(n + 1), { packet }))),
  );
}

interface Options {
  readonly flowOf?: (registration: StoredRegistration) => LoadedFlow;
  readonly db?: Database;
  readonly random?: number;
}

function run(
  batch: readonly StoredRegistration[],
  stages: readonly Stage[],
  options: Options = {},
): Promise<BatchResult> {
  const flow = stages.length > 0 ? lineOf(stages) : undefined;
  return runBatch(batch, {
    registrations: options.db ?? registrations,
    vault: core.vault,
    keyFor: core.keyFor,
    flowOf: options.flowOf ?? (() => must(flow)),
    now: () => clock,
    random: () => options.random ?? 1,
    log: silent,
  });
}

const stored = async (): Promise<StoredRegistration[]> =>
  registrations.range<StoredRegistration>({ start: '0', end: ':', limit: 1000 });
const states = async (): Promise<string[]> => (await stored()).map(({ state }) => state);

/** Counts documents of registrations that are written. */
function counting(): { readonly db: Database; readonly writes: number[] } {
  const writes: number[] = [];
  const before = (method: string, _db: string, documents: readonly Doc[]): void => {
    if (method === 'write') writes.push(documents.length);
  };
  return { db: faulty(registrations, { before }), writes };
}

describe('a batch', () => {
  test('takes what has arrived to its end and says what it has saved', async () => {
    const { saved, overtaken } = await run(await arrived(3), [pure('a'), effect('b', async (works) => each(works))]);
    expect(saved.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    expect(saved).toEqual(await stored());
    expect(overtaken).toEqual([]);
  });

  test('saves consecutive pure stages once, and all registrations with one write', async () => {
    const { db, writes } = counting();
    await run(await arrived(5), [pure('a'), pure('b'), pure('c')], { db });
    expect(writes).toEqual([5]);
  });

  test('saves before every effect, so that the effect finds in the store what was decided', async () => {
    const seen: (string | undefined)[] = [];
    const { db, writes } = counting();
    const look = (name: string): EffectStage =>
      effect(name, async (works) => {
        for (const { stage, facts } of await stored()) seen.push(`${stage} ${facts.ageGroup}`);
        return each(works);
      });
    const decide = pure('a', () => ({ kind: 'next', facts: { ageGroup: 'ADULT' } }));
    await run(await arrived(1), [decide, pure('b'), look('c'), look('d')], { db });
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
    const batch = await arrived(4);
    await run(batch, [], { flowOf: ({ _id }) => (_id === ridOf(1) ? long : short) });
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
    const flow = loadFlow({ name: 'NEW', version: 1, steps, wakers: {}, success }, [judge, tell]);
    await run(await arrived(2), [], { flowOf: () => flow });
    expect(verdicts).toEqual([{ state: 'REJECTED', code: 'ENR-DDP-001' }, success]);
    expect(await states()).toEqual(['REJECTED', 'COMPLETED']);
  });

  test('of nothing writes nothing', async () => {
    const { db, writes } = counting();
    expect(await run([], [pure('a')], { db })).toEqual({ saved: [], overtaken: [] });
    expect(writes).toEqual([]);
  });

  test('leaves alone what is not due', async () => {
    const [one] = await arrived(1);
    const later = new Date(NOW.getTime() + 1).toISOString();
    const waiting: StoredRegistration = { ...must(one), state: 'IN_FLOW', stage: 'a', notBefore: later };
    expect(isDue(waiting, NOW)).toBe(false);
    expect(isDue(waiting, new Date(NOW.getTime() + 1))).toBe(true);
    expect(isDue({ ...waiting, state: 'PARKED' }, new Date(NOW.getTime() + 1))).toBe(false);
    const { saved } = await run([waiting], [pure('a')]);
    expect(saved).toEqual([waiting]);
  });
});

describe('what goes wrong in a batch', () => {
  test('an unexpected error is tried again later, and is never an end (W4)', async () => {
    const moody = effect('e', async () => {
      throw broken();
    });
    const { saved } = await run(await arrived(1), [moody]);
    expect(saved).toMatchObject([{ state: 'IN_FLOW', stage: 'e', attempts: 1, notBefore: '2026-03-01T08:00:01.000Z' }]);
  });

  test('a pure stage that throws is tried again, too', async () => {
    const { saved } = await run(await arrived(1), [
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
    let batch: readonly StoredRegistration[] = await arrived(1);
    for (let n = 0; n < 20 && batch[0]?.state !== 'DEAD_LETTER'; n += 1) {
      batch = (await run(batch, [moody('a'), moody('b'), moody('c'), never])).saved;
      clock = new Date(clock.getTime() + 10_000);
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
    const { saved } = await run(await arrived(4), [picky]);
    expect(saved.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['COMPLETED', 0],
      ['IN_FLOW', 1],
      ['COMPLETED', 0],
      ['COMPLETED', 0],
    ]);
    expect(done).toEqual([ridOf(1), ridOf(3), ridOf(4)]);
  });

  test.each([
    [
      'no flow',
      () => {
        throw new Error('no such flow');
      },
    ],
    ['a stage that its flow does not have', () => lineOf([pure('gone')])],
  ])('a registration with %s is put aside, and the others go on', async (_name, other: () => LoadedFlow) => {
    const batch = await arrived(3);
    const flow = lineOf([pure('a')]);
    const lost: StoredRegistration = { ...must(batch[1]), state: 'IN_FLOW', stage: 'a' };
    const flowOf = ({ _id }: StoredRegistration): LoadedFlow => (_id === lost._id ? other() : flow);
    await run([must(batch[0]), lost, must(batch[2])], [], { flowOf });
    expect(await states()).toEqual(['COMPLETED', 'DEAD_LETTER', 'COMPLETED']);
  });

  test('a registration that has just arrived and has no flow is put aside, too', async () => {
    const flow = lineOf([pure('a')]);
    const flowOf = ({ _id }: StoredRegistration): LoadedFlow => {
      if (_id === ridOf(1)) throw new Error('no such flow');
      return flow;
    };
    await run(await arrived(2), [], { flowOf });
    expect(await states()).toEqual(['DEAD_LETTER', 'COMPLETED']);
    expect((await stored())[0]?.history).toMatchObject([{ outcome: 'strand', code: 'ENR-ENG-001' }]);
  });

  test('an outcome that the flow has no route for puts its registration aside, and the others go on', async () => {
    const odd = pure('a', ({ registration }) =>
      registration._id === ridOf(1) ? { kind: 'park', reason: 'correction', until: NOW } : NEXT,
    );
    await run(await arrived(2), [odd]);
    expect(await states()).toEqual(['DEAD_LETTER', 'COMPLETED']);
  });

  test('a flow that goes round for ever is stopped, and does not hold up another flow', async () => {
    const round = ['x', 'y'].map((name) => pure(name));
    const steps = [
      stepOf('x', { next: 'y', reject: END, fail: END }),
      stepOf('y', { next: 'x', reject: END, fail: END }),
    ];
    const success = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
    const circle = loadFlow({ name: 'NEW', version: 1, steps, wakers: {}, success }, round);
    const straight = lineOf([effect('e', async (works) => each(works))]);
    await run(await arrived(2), [], { flowOf: ({ _id }) => (_id === ridOf(1) ? circle : straight) });
    expect(await states()).toEqual(['DEAD_LETTER', 'COMPLETED']);
  });

  test('nobody gets the outcome of another when a stage gives too few or too many', async () => {
    const sloppy = effect('e', async (works) => {
      if (works.length > 1) return [NEXT];
      const [work] = works;
      if (work?.registration._id === ridOf(1)) return [];
      if (work?.registration._id === ridOf(2)) return [NEXT, NEXT];
      return [{ kind: 'reject', code: 'ENR-DDP-001' }];
    });
    const { saved } = await run(await arrived(4), [sloppy]);
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
    const flow = loadFlow({ name: 'NEW', version: 1, steps, wakers: {}, success }, [hangs]);
    const began = performance.now();
    const { saved } = await run(await arrived(20), [], { flowOf: () => flow });
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
    const flow = loadFlow({ name: 'NEW', version: 1, steps, wakers: {}, success }, [slow]);
    const began = performance.now();
    const { saved } = await run(await arrived(20), [], { flowOf: () => flow });
    expect(performance.now() - began).toBeLessThan(700);
    expect(saved[0]?.state).toBe('COMPLETED');
    expect(saved.at(-1)).toMatchObject({ state: 'IN_FLOW', attempts: 1 });
  });
});

describe('a registration that someone else writes meanwhile', () => {
  const overwrite = async (rid: string): Promise<void> => {
    const theirs = must(await registrations.get<StoredRegistration>(rid));
    await put(registrations, { ...theirs, priority: 'urgent' });
  };

  test('is theirs: it is not written over, nothing more is done for it, and the others go on', async () => {
    const done: string[] = [];
    const act = effect('act', async (works) => {
      for (const { registration } of works) done.push(registration._id);
      return each(works);
    });
    const batch = await arrived(3);
    await overwrite(ridOf(2));
    const { saved, overtaken } = await run(batch, [pure('a'), act]);
    expect(overtaken).toEqual([ridOf(2)]);
    expect(saved.map(({ _id }) => _id)).toEqual([ridOf(1), ridOf(3)]);
    expect(done).toEqual([ridOf(1), ridOf(3)]);
    expect(await registrations.get(ridOf(2))).toMatchObject({ state: 'RECEIVED', priority: 'urgent' });
  });

  test('is theirs even in the middle of an effect', async () => {
    const batch = await arrived(2);
    const meddling = effect('e', async (works) => {
      await overwrite(ridOf(1));
      return each(works);
    });
    const { overtaken } = await run(batch, [meddling]);
    expect(overtaken).toEqual([ridOf(1)]);
    expect(await registrations.get(ridOf(1))).toMatchObject({ state: 'IN_FLOW', priority: 'urgent' });
  });

  test('is theirs when they deleted it', async () => {
    const batch = await arrived(1);
    await registrations.write([{ _id: ridOf(1), _rev: must(batch[0])._rev, _deleted: true }]);
    expect(await run(batch, [pure('a')])).toEqual({ saved: [], overtaken: [ridOf(1)] });
  });
});

describe('a registration that the store refuses', () => {
  test('is put aside as it was stored, so that it is not run again and again', async () => {
    const greedy = pure('a', ({ registration }) => {
      const poor = new Array<'FACE'>(200_000).fill('FACE');
      return registration._id === ridOf(1) ? { kind: 'next', facts: { poor } } : NEXT;
    });
    const { saved } = await run(await arrived(2), [greedy]);
    expect(saved).toEqual(await stored());
    expect(saved).toMatchObject([{ state: 'DEAD_LETTER', facts: {} }, { state: 'COMPLETED' }]);
  });
});

describe('a crash', () => {
  /** The outside world of the effect: what was done, by a name that is the same at every try. */
  const world = (): { readonly done: Map<string, number>; readonly stages: readonly Stage[] } => {
    const done = new Map<string, number>();
    const act = (name: string): EffectStage =>
      effect(name, async (works) => {
        for (const { registration } of works) {
          const key = `${name} ${registration._id}`;
          // An idempotent write: the second time changes nothing.
          done.set(key, (done.get(key) ?? 0) + 1);
        }
        return each(works);
      });
    return { done, stages: [pure('a'), act('b'), pure('c'), act('d')] };
  };

  test.each(['before', 'after'] as const)(
    'just %s any write leaves work that the next run brings to the same end',
    async (when) => {
      for (let crashAt = 1; ; crashAt += 1) {
        registrations = await core.store.database(`crash-${when}-${crashAt}`);
        const { done, stages } = world();
        const batch = await arrived(3);
        let calls = 0;
        const crash: Faults[typeof when] = (method) => {
          if (method === 'write') calls += 1;
          if (method === 'write' && calls === crashAt) throw broken();
        };
        const db = faulty(registrations, { [when]: crash });
        const crashed = await run(batch, stages, { db }).then(
          () => false,
          () => true,
        );
        // Started again: all that is known is what is stored.
        await run(
          (await stored()).filter((registration) => isDue(registration, clock)),
          stages,
        );
        expect(await states()).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
        expect([...done.keys()].sort()).toEqual(
          ['b', 'd'].flatMap((name) => [1, 2, 3].map((n) => `${name} ${ridOf(n)}`)),
        );
        for (const { history } of await stored())
          expect(history.map(({ stage }) => stage)).toEqual(['a', 'b', 'c', 'd']);
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
      const common = { vault: core.vault, keyFor: core.keyFor, now: () => NOW, random: () => 0, log: silent };
      for (let crashAt = 1; ; crashAt += 1) {
        const arrival = await core.arrive();
        let calls = 0;
        // Nothing works any more in a process that is dead.
        const faults: Faults = {
          [when]: () => {
            calls += 1;
            if (calls >= crashAt) throw broken();
          },
        };
        const dying = faultyDatabases(core.databases, faults);
        const { flowOf: dyingFlow } = loadShippedFlows(dying, core.keys, core.register.card);
        const crashed = await runBatch([arrival], {
          ...common,
          registrations: dying.registrations,
          flowOf: dyingFlow,
        }).then(
          () => false,
          () => true,
        );
        const left = await core.get(arrival._id);
        const { flowOf } = loadShippedFlows(core.databases, core.keys, core.register.card);
        if (isDue(left, NOW))
          await runBatch([left], { ...common, registrations: core.databases.registrations, flowOf });
        expect(await core.get(arrival._id)).toMatchObject({ state: 'COMPLETED' });
        for (const kind of ['receipt', 'result']) {
          expect(await core.sent(`${kind}:${arrival._id}`)).toHaveLength(kind === 'receipt' ? 2 : 1);
        }
        const records = await core.databases.identities.range<Doc & { rid: string }>({
          start: '0',
          end: ':',
          limit: 1000,
        });
        expect(records.filter(({ rid }) => rid === arrival._id)).toHaveLength(1);
        const numbers = await core.databases.uins.range<Doc & { rid: string }>({
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

describe('packets in a batch', () => {
  const flows = () => loadShippedFlows(core.databases, core.keys, core.register.card);
  const process = (batch: readonly StoredRegistration[], random = 1): Promise<BatchResult> =>
    run(batch, [], { flowOf: flows().flowOf, db: core.databases.registrations, random });

  test.each([
    ['is no packet at all', () => new TextEncoder().encode('not a packet'), 'ENR-PKT-001'],
    ['ends too early', (good: Uint8Array) => good.subarray(0, -10), 'ENR-PKT-006'],
  ])('one that %s ends FAILED, is answered, and does not spoil the others', async (_name, spoil, code) => {
    const good = await core.arrive();
    const bytes = spoil(await core.vault.read(good.packet.digest));
    const bad = await core.arrive({ bytes });
    await process([bad, good]);
    expect(await core.get(bad._id)).toMatchObject({ state: 'FAILED', verdict: { state: 'FAILED', code } });
    expect(await core.get(good._id)).toMatchObject({ state: 'COMPLETED' });
    const channel = await core.databases.channel(bad.station);
    expect(await channel.get(`receipt:${bad._id}:OUTCOME`)).toMatchObject({ outcome: 'FAILED', code });
    expect(await core.sent(`result:${bad._id}`)).toEqual([]);
  });

  test.each([
    ['is not there', (path: string) => rm(path)],
    ['has rotted', async (path: string) => writeFile(path, (await readFile(path)).fill(0, 500, 600))],
  ])(
    'one that %s in the vault is tried again and then put aside: the station must not let go of it',
    async (_name, spoil) => {
      const arrival = await core.arrive();
      const { digest } = arrival.packet;
      await spoil(join(core.folder, 'vault', digest.slice(0, 2), `${digest}.enrp`));
      let batch: readonly StoredRegistration[] = [arrival];
      for (let n = 0; n < USUAL.retry.budget && batch[0]?.state !== 'DEAD_LETTER'; n += 1) {
        batch = (await process(batch)).saved;
        clock = new Date(clock.getTime() + 10 * 60_000);
      }
      expect(batch).toMatchObject([{ state: 'DEAD_LETTER', stage: 'validate' }]);
      expect(await core.sent(`receipt:${arrival._id}`)).toEqual([`receipt:${arrival._id}:RECEIVED`]);
    },
  );

  test('an effect that does not say that it reads packets does not get them', async () => {
    const curious = effect('e', async (works) => {
      for (const { packets } of works) packets();
      return each(works);
    });
    const { saved } = await run(await arrived(1), [curious]);
    expect(saved).toMatchObject([{ state: 'IN_FLOW', attempts: 1 }]);
  });

  test('a coded error of a packet fails it in an effect, too', async () => {
    const reads: EffectStage = {
      ...effect('e', async () => {
        throw new EnrouteError('ENR-PKT-008');
      }),
      reads: true,
    };
    const { saved } = await run(await arrived(1), [reads]);
    expect(saved).toMatchObject([{ state: 'FAILED', verdict: { code: 'ENR-PKT-008' } }]);
  });
});

describe('a correction and the registration that it corrects', () => {
  const POOR = ['LEFT_INDEX', 'LEFT_MIDDLE'] as const;
  let person = 500_000;

  /** Runs whatever is due, in one batch, until nothing is any more; the clock moves on in between. */
  async function runAll(ids: readonly string[]): Promise<string[]> {
    const { flowOf } = loadShippedFlows(core.databases, core.keys, core.register.card);
    for (let round = 0; round < 20; round += 1) {
      const all = await Promise.all(ids.map((id) => core.get(id)));
      const due = all.filter((registration) => isDue(registration, clock));
      if (due.length > 0) await run(due, [], { flowOf, db: core.databases.registrations });
      clock = new Date(clock.getTime() + 10 * 60_000);
    }
    return Promise.all(ids.map(async (id) => (await core.get(id)).state));
  }

  const poor = (): Promise<StoredRegistration> => {
    person += 1;
    return core.arrive({ enrolment: enrolmentOf(person, { poor: POOR }) });
  };
  const correctionOf = (parent: StoredRegistration): Promise<StoredRegistration> =>
    core.arrive({ process: 'CORRECTION', corrects: parent._id, enrolment: enrolmentOf(person, { positions: POOR }) });

  test('find each other even when they come in one batch', async () => {
    const parent = await poor();
    const correction = await correctionOf(parent);
    expect(await runAll([parent._id, correction._id])).toEqual(['COMPLETED', 'COMPLETED']);
    expect((await core.get(parent._id)).corrections.map(({ rid }) => rid)).toEqual([correction._id]);
  });

  test('go on when a second correction of the same task comes with the first: that one is refused, and told so', async () => {
    const parent = await poor();
    const both = [await correctionOf(parent), await correctionOf(parent)];
    const ids = [parent, ...both].map(({ _id }) => _id);
    expect(await runAll(ids)).toEqual(['COMPLETED', 'COMPLETED', 'REJECTED']);
    expect((await core.get(must(ids[2]))).verdict).toEqual({ state: 'REJECTED', code: 'ENR-VAL-007' });
    expect(await core.sent(`receipt:${ids[2]}:OUTCOME`)).toHaveLength(1);
  });
});
