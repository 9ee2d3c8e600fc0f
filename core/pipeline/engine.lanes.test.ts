/** Lanes that come and go, workers that die in the middle of anything, a store that fails: nothing is lost, nothing twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminal } from '@enroute/shared/registration/states.ts';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { ALL_LANES, engineParts, fill, LaneBook, ledgerStage, TestLanes, TestTimers, wave } from './engine.fixture.ts';
import { type Engine, type EngineOptions, startEngine } from './engine.ts';
import { MemoryDatabase } from './memory-database.fixture.ts';
import { broken, faulty, lineOf, OTHER_STATION, randomOf, STATION } from './pipeline.fixture.ts';
import { pure } from './run-batch.fixture.ts';

const running: Engine[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((engine) => engine.stop()));
});

const all = (db: MemoryDatabase): Promise<StoredRegistration[]> =>
  db.range<StoredRegistration>({ start: '0', end: ':', limit: 100_000 });
const waitFor = (check: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(check, { timeout: 40_000, interval: 50 });

/** Everything that outlives a worker. */
class Country {
  readonly db = new MemoryDatabase('registrations');
  readonly book = new LaneBook();
  readonly timers = new TestTimers();
  /** What was done on something else than what is saved, or done again although the save after it had come through. */
  readonly faults: string[] = [];
  readonly first = this.#judged('first');
  readonly second = this.#judged('second');
  readonly random: () => number;
  readonly free = new Set(ALL_LANES);

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  #judged(name: string): ReturnType<typeof ledgerStage> {
    return ledgerStage(name, async (works) => {
      // As the store is at the moment at which the effect begins.
      const stored = await this.db.getMany<StoredRegistration>(works.map(({ registration }) => registration._id));
      for (const [index, { registration }] of works.entries()) {
        const { _rev, history = [] } = stored[index] ?? {};
        const { _id: rid } = registration;
        if (_rev !== registration._rev)
          this.faults.push(`${rid}: ${name}, and what it was done on is not what is saved`);
        const isSaved = history.some(({ stage, outcome }) => stage === name && outcome === 'next');
        if (isSaved) this.faults.push(`${rid}: ${name} once more, although it was saved that it is done`);
      }
      return works.map(() => ({ kind: 'next' }));
    });
  }

  /** @param faultRate of all calls to the store, and whether the call is carried out before it fails is a matter of chance */
  async worker(faultRate = 0, change: Partial<EngineOptions> = {}): Promise<Worker> {
    let dead = false;
    const fail = (): void => {
      if (dead || this.random() < faultRate) throw broken();
    };
    const flow = lineOf([pure('decide'), this.first, pure('weigh'), this.second]);
    const lanes = new TestLanes(this.book, []);
    const engine = await startEngine({
      ...engineParts(),
      ...{ lanes, timers: this.timers, registrations: faulty(this.db, { before: fail, after: fail }) },
      ...{ vault: { read: async () => new Uint8Array() }, keyFor: () => undefined, flowOf: () => flow },
      ...{ batchSize: 10, window: 40, random: () => this.random() * 0.002, ...change },
    });
    running.push(engine);
    const die = async (): Promise<void> => {
      dead = true;
      await engine.stop();
    };
    return { lanes, die };
  }

  /** Every free lane to one of them. */
  deal(workers: readonly Worker[]): void {
    for (const lane of this.free) workers[Math.floor(this.random() * workers.length)]?.lanes.gain([lane]);
    this.free.clear();
  }

  take(worker: Worker, share: number): void {
    const lanes = [...worker.lanes.held().keys()].filter(() => this.random() < share);
    worker.lanes.lose(lanes);
    for (const lane of lanes) this.free.add(lane);
  }
}

interface Worker {
  readonly lanes: TestLanes;
  die(): Promise<void>;
}

describe('whatever becomes of lanes, workers and the store', () => {
  test.each([1, 2, 3])(
    'each registration ends exactly once, each step saved once, and done again only when that save was lost (seed %i)',
    async (seed) => {
      const country = new Country(seed);
      await fill(country.db, wave(300, 1, STATION));
      await fill(country.db, wave(100, 1, OTHER_STATION));
      let workers = [await country.worker(), await country.worker()];
      for (let round = 0; round < 8; round += 1) {
        country.deal(workers);
        if (round === 4) await fill(country.db, wave(200, 1_000, STATION));
        await sleep(20 + country.random() * 60);
        for (const worker of workers) country.take(worker, country.random() * 0.6);
        const [one, ...others] = workers;
        if (one && country.random() < 0.5) {
          country.take(one, 1);
          await one.die();
          workers = [...others, await country.worker(country.random() < 0.5 ? 0.02 : 0).catch(() => country.worker())];
        }
      }
      for (const worker of workers) country.take(worker, 1);
      country.deal([await country.worker()]);
      await waitFor(async () => {
        const open = (await all(country.db)).filter(({ state }) => !isTerminal(state));
        expect(open).toEqual([]);
      });
      for (const { history, _id } of await all(country.db)) {
        expect(
          history.filter(({ outcome }) => outcome === 'next').map(({ stage }) => stage),
          _id,
        ).toEqual(['decide', 'first', 'weigh', 'second']);
      }
      expect(country.faults).toEqual([]);
      for (const { ledger } of [country.first, country.second]) expect(ledger.size).toBe(600);
    },
    60_000,
  );

  test('at every moment the checkpoint stands before whatever is not finished', async () => {
    const country = new Country(7);
    const missed: string[] = [];
    const checks: Promise<void>[] = [];
    /** What is read and what is open are looked at in one moment. */
    const check = async (since: string | undefined, held: ReadonlyMap<number, unknown>): Promise<void> => {
      const timed = new Set([...country.timers.all.values()].map(({ rid }) => rid));
      const looks = [country.db.changes({ since, limit: 1_000, waitMs: 0 }), all(country.db)] as const;
      const [{ changes }, registrations] = await Promise.all(looks);
      const behind = new Set(changes.map(({ id }) => id));
      const open = registrations.filter(({ lane, state }) => held.has(lane) && !isTerminal(state));
      missed.push(...open.map(({ _id }) => _id).filter((rid) => !behind.has(rid) && !timed.has(rid)));
    };
    class CheckedLanes extends TestLanes {
      override progress(since: string | undefined): void {
        super.progress(since);
        checks.push(check(since, this.held()));
      }
    }
    const lanes = new CheckedLanes(country.book, []);
    // Some are tried twice, so that there are always some that wait in memory.
    const moody = ledgerStage('moody', async (works) =>
      works.map(({ registration }) =>
        registration.attempts === 0 && country.random() < 0.5
          ? { kind: 'retry', code: 'ENR-ENG-001', detail: 'moody' }
          : { kind: 'next' },
      ),
    );
    const flow = lineOf([moody]);
    await country.worker(0, { lanes, window: 20, flowOf: () => flow, random: () => country.random() * 0.1 });
    const worker = { lanes, die: async () => undefined };
    country.deal([worker]);
    for (let round = 0; round < 10; round += 1) {
      await fill(country.db, wave(30, 1 + 100 * round, round % 3 === 0 ? OTHER_STATION : STATION));
      await sleep(20);
      country.take(worker, 0.3);
      await sleep(5);
      country.deal([worker]);
    }
    await waitFor(async () => expect((await all(country.db)).filter(({ state }) => !isTerminal(state))).toEqual([]));
    await Promise.all(checks);
    expect(checks.length).toBeGreaterThan(10);
    expect(missed).toEqual([]);
  }, 60_000);

  test('nothing is begun, and nothing saved, while the worker is not sure of its lanes', async () => {
    const country = new Country(9);
    await fill(country.db, wave(5, 1, STATION));
    const worker = await country.worker();
    worker.lanes.isUnsure = true;
    country.deal([worker]);
    await sleep(100);
    expect(country.first.ledger.size).toBe(0);
    expect((await all(country.db)).map(({ state }) => state)).toEqual(new Array(5).fill('RECEIVED'));
    worker.lanes.isUnsure = false;
    await waitFor(() => expect(country.second.ledger.size).toBe(5));
  });

  test('what carries the fence of a later holder is left alone, and what is saved carries ours', async () => {
    const country = new Country(11);
    await fill(country.db, [...wave(1, 1, STATION, { fence: 99 }), ...wave(1, 2, STATION)]);
    const worker = await country.worker();
    country.deal([worker]);
    await waitFor(() => expect(country.second.ledger.size).toBe(1));
    await waitFor(async () =>
      expect((await all(country.db)).map(({ state }) => state)).toEqual(['RECEIVED', 'COMPLETED']),
    );
    expect((await all(country.db)).map(({ fence }) => fence)).toEqual([99, 1]);
  });

  test('workers of different stages hand registrations to each other by saving them', async () => {
    const country = new Country(13);
    await fill(country.db, wave(20, 1, STATION));
    const sets = [
      ['decide', 'first'],
      ['weigh', 'second'],
    ].map((names) => new Set(names));
    const books = [new LaneBook(), new LaneBook()];
    for (const [index, stages] of sets.entries()) {
      await country.worker(0, { stages, lanes: new TestLanes(books[index]) });
    }
    await waitFor(async () => expect((await all(country.db)).every(({ state }) => state === 'COMPLETED')).toBe(true));
    expect([country.first.ledger.size, country.second.ledger.size]).toEqual([20, 20]);
  });
});
