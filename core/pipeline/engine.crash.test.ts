/** Many registrations through the shipped flows, while the engine is stopped and dies and the store fails at random. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TerminalState } from '@enroute/shared/registration/states.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { afterEach, describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { checkConservation } from '../ops/conservation.ts';
import type { Doc } from '../store/store.ts';
import { engineParts, LaneBook, TestLanes } from './engine.fixture.ts';
import { type Engine, startEngine } from './engine.ts';
import { openInbox } from './events/event-inbox.ts';
import { sendEvents } from './events/send-events.ts';
import {
  type ArrivalOptions,
  broken,
  enrolmentOf,
  faulty,
  faultyDatabases,
  NOW,
  OTHER_STATION,
  openTestCore,
  randomOf,
  ridOf,
  STATION,
  silent,
  type TestCore,
} from './pipeline.fixture.ts';
import { loadShippedFlows } from './shipped-flows.ts';
import { openTimers } from './timers/open-timers.ts';

const POOR = ['LEFT_INDEX', 'LEFT_MIDDLE'] as const;
const DONE = 'COMPLETED ENR-OUT-001';
const TWIN = 'REJECTED ENR-DDP-001';

/** What is to become of a registration: one of these, or it is still parked in the end. */
interface Plan {
  readonly ends: readonly string[];
  /** Its captures are poor: a correction comes when it is parked, or never. */
  readonly correction?: boolean;
  readonly arrival: ArrivalOptions;
}

/** Of ten registrations two are the same person, two are poor, three can't succeed and three are plain. */
function planOf(n: number): Plan {
  const station = n % 3 === 0 ? OTHER_STATION : STATION;
  const good = enrolmentOf(n);
  switch (n % 10) {
    case 0:
      return { ends: [DONE], correction: true, arrival: { station, enrolment: enrolmentOf(n, { poor: POOR }) } };
    case 1:
      return { ends: [], correction: false, arrival: { station, enrolment: enrolmentOf(n, { poor: POOR }) } };
    case 2:
    case 3:
      // Two desks, one person, with one more language at one of them.
      return {
        ends: [DONE, TWIN],
        arrival: {
          station,
          enrolment: enrolmentOf(10_000 + n - (n % 10), { languages: n % 2 === 0 ? ['eng'] : ['ara', 'eng'] }),
        },
      };
    case 4:
      return { ends: ['FAILED ENR-PKT-001'], arrival: { station, bytes: new TextEncoder().encode(`no packet ${n}`) } };
    case 5:
      return { ends: ['REJECTED ENR-VAL-001'], arrival: { station, enrolment: { ...good, consent: false } } };
    case 6:
      return {
        ends: ['REJECTED ENR-VAL-007'],
        arrival: { station, process: 'CORRECTION', corrects: ridOf(99_999, station), enrolment: good },
      };
    default:
      return { ends: [DONE], arrival: { station, enrolment: good } };
  }
}

const cores: TestCore[] = [];
afterEach(async () => {
  await Promise.all(cores.splice(0).map((core) => core.dispose()));
});

const endOf = ({ state, verdict }: StoredRegistration): string =>
  verdict && state === verdict.state ? `${state} ${verdict.code}` : state;

class Trial {
  readonly core: TestCore;
  readonly plans = new Map<string, Plan>();
  readonly book = new LaneBook();
  readonly #corrected = new Set<string>();
  readonly #random: () => number;

  constructor(core: TestCore, seed: number) {
    this.core = core;
    this.#random = randomOf(seed);
  }

  async arrive(plan: Plan): Promise<void> {
    const { _id } = await this.core.arrive(plan.arrival);
    this.plans.set(_id, plan);
  }

  /** Runs the engine for a while over a store that fails now and then; then it is stopped, or it dies. */
  async runForAWhile(faultRate: number): Promise<void> {
    let dead = false;
    const fail = (): void => {
      if (dead || this.#random() < faultRate) throw broken();
    };
    const engine = await this.#start({ before: fail, after: fail }).catch(() => undefined);
    await sleep(30 + this.#random() * 170);
    // A process that dies does nothing more, in the middle of whatever it did.
    dead = this.#random() < 0.5;
    await engine?.stop();
  }

  async runToTheEnd(): Promise<void> {
    const engine = await this.#start({});
    for (let left = await this.#unfinished(); left.length > 0; left = await this.#unfinished()) {
      await this.sendCorrections();
      await sleep(20);
    }
    await engine.stop();
  }

  /** The desks answer the tasks that they were sent. */
  async sendCorrections(): Promise<void> {
    for (const { _id, state, station } of await this.registrations()) {
      const plan = this.plans.get(_id);
      if (state !== 'PARKED' || !plan?.correction || this.#corrected.has(_id)) continue;
      this.#corrected.add(_id);
      const enrolment = enrolmentOf(0, { positions: POOR });
      await this.arrive({
        ends: ['COMPLETED ENR-OUT-002'],
        arrival: { station, process: 'CORRECTION', corrects: _id, enrolment },
      });
    }
  }

  registrations(): Promise<StoredRegistration[]> {
    return this.core.databases.registrations.range<StoredRegistration>({ start: '0', end: ':', limit: 1000 });
  }

  async #start(faults: Parameters<typeof faulty>[1]): Promise<Engine> {
    const databases = faultyDatabases(this.core.databases, faults);
    const { registrations, events } = databases;
    const { flowOf } = loadShippedFlows(databases, this.core.keys, this.core.register.card);
    const lanes = new TestLanes(this.book);
    // What is left for later is asked again soon.
    const inbox = await openInbox({ events, lanes, log: silent, sweepMs: 200 });
    const engine = await startEngine({
      ...engineParts(),
      ...{ lanes, inbox, timers: openTimers(databases.timers) },
      sendEvents: (drafts) => sendEvents(drafts, events),
      registrations,
      vault: this.core.vault,
      keyFor: this.core.keyFor,
      flowOf,
      batchSize: 20,
      window: 60,
      // Back-offs of milliseconds.
      random: () => this.#random() * 0.002,
    });
    return {
      stop: async () => {
        await engine.stop();
        await inbox.stop();
      },
    };
  }

  async #unfinished(): Promise<string[]> {
    const all = await this.registrations();
    return all
      .filter(({ _id, state }) => {
        if (state === 'DEAD_LETTER') throw new Error(`${_id} became a dead letter`);
        const plan = this.plans.get(_id);
        return state === 'PARKED' ? plan?.correction === true : !['COMPLETED', 'REJECTED', 'FAILED'].includes(state);
      })
      .map(({ _id }) => _id);
  }
}

async function expectAsPlanned({ core, plans }: Trial, all: readonly StoredRegistration[]): Promise<void> {
  expect(all.map(({ _id }) => _id)).toEqual([...plans.keys()].sort());
  for (const registration of all) {
    const plan = plans.get(registration._id);
    if (plan?.correction === false) expect(registration.state).toBe('PARKED');
    else expect(plan?.ends, registration._id).toContain(endOf(registration));
  }
  const receipts = new Map<string, { outcome: TerminalState; code: StatusCode }>();
  for (const station of [STATION, OTHER_STATION]) {
    const channel = await core.databases.channel(station);
    const docs = await channel.range<Doc & { rid: string; kind: string; outcome: TerminalState; code: StatusCode }>({
      start: 'receipt:',
      end: 'receipt;',
      limit: 1000,
    });
    for (const { rid, kind, outcome, code } of docs) if (kind === 'OUTCOME') receipts.set(rid, { outcome, code });
  }
  const terminal = all.filter(({ state }) => state !== 'PARKED');
  expect([...receipts.keys()].sort()).toEqual(terminal.map(({ _id }) => _id).sort());
  for (const { _id, verdict } of terminal)
    expect(receipts.get(_id)).toEqual({ outcome: verdict?.state, code: verdict?.code });
}

async function expectNumbersOnce({ databases }: TestCore, all: readonly StoredRegistration[]): Promise<void> {
  const numbered = all.filter((registration) => endOf(registration) === DONE).map(({ _id }) => _id);
  const owners = await databases.uins.range<Doc & { rid: string }>({ start: 'uin:', end: 'uin;', limit: 1000 });
  expect(owners.map(({ rid }) => rid).sort()).toEqual(numbered);
  const records = await databases.identities.range<Doc & { rid: string }>({ start: '0', end: ':', limit: 1000 });
  expect(records.map(({ _id, rid }) => `${_id} ${rid}`).sort()).toEqual(
    owners.map(({ _id, rid }) => `${_id.slice('uin:'.length)} ${rid}`).sort(),
  );
}

/** Of each pair one is registered and the other one refused. */
function expectOneOfEachPair(trial: Trial, all: readonly StoredRegistration[]): void {
  const twins = all.filter(({ _id }) => trial.plans.get(_id)?.ends.includes(TWIN));
  const ends = twins.map(endOf);
  expect(ends.filter((end) => end === DONE)).toHaveLength(twins.length / 2);
  expect(ends.filter((end) => end === TWIN)).toHaveLength(twins.length / 2);
}

/** @param count registrations, a multiple of 30 */
async function runTrial(count: number, seed: number, faultRate: number, couchdbUrl?: string): Promise<void> {
  const core = await openTestCore(couchdbUrl);
  cores.push(core);
  const trial = new Trial(core, seed);
  for (let n = 0; n < count; n += 1) {
    await trial.arrive(planOf(n));
    if (n % (count / 6) !== 0) continue;
    await trial.runForAWhile(faultRate);
    await trial.sendCorrections();
  }
  for (let round = 0; round < 6; round += 1) {
    await trial.runForAWhile(faultRate);
    await trial.sendCorrections();
  }
  await trial.runToTheEnd();

  const all = await trial.registrations();
  await expectAsPlanned(trial, all);
  await expectNumbersOnce(core, all);
  expectOneOfEachPair(trial, all);
  const conservation = await checkConservation({ ...core, now: NOW });
  expect(conservation).toMatchObject({ holds: true, packetsIn: all.length, violations: [] });
  await expectNothingReadAgain(trial);
}

async function expectNothingReadAgain({ core: { databases, keyFor, vault }, book }: Trial): Promise<void> {
  let read = 0;
  const registrations = {
    ...faulty(databases.registrations, {}),
    changes: async (query: Parameters<typeof databases.registrations.changes>[0]) => {
      const answer = await databases.registrations.changes(query);
      read += answer.changes.length;
      return answer;
    },
  };
  const flowOf = (): never => {
    throw new Error('There is nothing to do.');
  };
  const engine = await startEngine({
    ...{ ...engineParts(), lanes: new TestLanes(book), now: () => NOW },
    ...{ registrations, vault, keyFor, flowOf, batchSize: 20, window: 60 },
  });
  await sleep(100);
  await engine.stop();
  expect(read).toBe(0);
}

describe('whatever is stopped, dies or fails: every registration ends as it should, and is told once', () => {
  test.each([
    [300, 1],
    [90, 2],
  ])('on the embedded store, %i registrations, seed %i', (count, seed) => runTrial(count, seed, 0.01), 60_000);

  const couchdbUrl = process.env.COUCHDB_URL;
  const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';
  test.skipIf(!couchdbUrl)(`on CouchDB, 60 registrations${reason}`, () => runTrial(60, 3, 0.01, couchdbUrl), 60_000);
});
