/** Workers that come, go, freeze and die over a slow store that loses requests: whatever happens, in whatever order. */
import { LANES } from '@enroute/shared/registration/registration.ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { randomOf, silent } from '../pipeline.fixture.ts';
import { holdLanes } from './hold-lanes.ts';
import type { Lanes } from './lanes.ts';
import { SimulatedProcess, SimulatedStore, SimulatedTime } from './simulated-workers.fixture.ts';

const LEASE_MS = 1_000;
const HEARTBEAT_MS = 200;
const RUNS = Number(process.env.ENROUTE_LANE_RUNS ?? 8);
/** The last one that died is taken for dead, gives way, and all is levelled. */
const CALM_MS = 2 * LEASE_MS + 10 * HEARTBEAT_MS;

type Happening =
  | { readonly kind: 'join' | 'leave' | 'kill' | 'calm' }
  | { readonly kind: 'freeze'; readonly ms: number }
  | { readonly kind: 'storm'; readonly slowMs: number; readonly lost: number };

interface Step {
  readonly afterMs: number;
  readonly what: Happening;
}

const steps = fc.array(
  fc.record<Step>({
    afterMs: fc.integer({ min: 0, max: 1_500 }),
    what: fc.oneof(
      { weight: 4, arbitrary: fc.constant<Happening>({ kind: 'join' }) },
      fc.constantFrom<Happening>({ kind: 'leave' }, { kind: 'kill' }, { kind: 'calm' }),
      fc.record({ kind: fc.constant('freeze' as const), ms: fc.integer({ min: 1, max: 3 * LEASE_MS }) }),
      fc.record({
        kind: fc.constant('storm' as const),
        slowMs: fc.integer({ min: 1, max: 2 * LEASE_MS }),
        lost: fc.double({ min: 0, max: 0.5, noNaN: true }),
      }),
    ),
  }),
  { minLength: 3, maxLength: 14 },
);

interface Worker {
  readonly process: SimulatedProcess;
  lanes: Lanes | undefined;
}

class Trial {
  readonly time = new SimulatedTime();
  readonly random: () => number;
  readonly store: SimulatedStore;
  workers: Worker[] = [];
  changes = 0;
  readonly problems: string[] = [];
  /** By lane: the fences under which it was held, and what was ever said by one who held it of how far he was. */
  readonly #fences = new Map<number, number>();
  readonly #said = new Map<number, Set<string | undefined>>();
  #saying = 0;

  constructor(seed: number) {
    this.random = randomOf(seed);
    this.store = new SimulatedStore(this.time, this.random);
  }

  join(): void {
    const process = new SimulatedProcess(this.time, this.random);
    const worker: Worker = { process, lanes: undefined };
    this.workers.push(worker);
    const leases = this.store.from(process);
    const times = { leaseMs: LEASE_MS, heartbeatMs: HEARTBEAT_MS };
    const holding = holdLanes({
      leases,
      alone: false,
      ...times,
      log: silent,
      random: this.random,
      clock: process.clock,
    });
    void holding.then((lanes) => {
      worker.lanes = lanes;
      lanes.onChange(({ gained, lost }) => {
        this.changes += gained.length + lost.length;
        for (const { lane, fence, since } of gained) {
          if (fence <= (this.#fences.get(lane) ?? 0)) this.problems.push(`lane ${lane} was gained with an old fence`);
          this.#fences.set(lane, fence);
          const said = this.#said.get(lane) ?? new Set([undefined]);
          if (!said.has(since))
            this.problems.push(`lane ${lane} is read on from ${since}, which its holders never said`);
        }
        this.#say(lanes);
      });
    });
  }

  #say(lanes: Lanes): void {
    this.#saying += 1;
    const since = `${this.#saying}`;
    for (const lane of lanes.held().keys()) {
      const said = this.#said.get(lane) ?? new Set([undefined]);
      this.#said.set(lane, said.add(since));
    }
    lanes.progress(since);
  }

  happen(what: Happening): void {
    const awake = this.workers.filter(({ process }) => !process.isFrozen);
    const one = awake[Math.floor(this.random() * awake.length)];
    if (what.kind === 'join' && this.workers.length < 6) this.join();
    if (what.kind === 'storm') Object.assign(this.store.weather, what);
    if (what.kind === 'calm') Object.assign(this.store.weather, { slowMs: 5, lost: 0 });
    if (what.kind === 'freeze') one?.process.freeze(what.ms);
    if (what.kind === 'kill' && one) {
      one.process.isDead = true;
      this.workers = this.workers.filter((worker) => worker !== one);
    }
    if (what.kind === 'leave' && one?.lanes) {
      void one.lanes.stop();
      this.workers = this.workers.filter((worker) => worker !== one);
    }
  }

  run(ms: number): Promise<void> {
    return this.time.runUntil(this.time.nowMs + ms, () => this.requireOneOwner());
  }

  requireOneOwner(): void {
    for (let lane = 0; lane < LANES; lane += 1) {
      const sure = this.workers.filter(({ lanes }) => lanes?.isSure(lane));
      if (sure.length > 1) this.problems.push(`two are sure of lane ${lane} at ${this.time.nowMs} ms`);
    }
  }

  shares(): number[] {
    return this.workers.map(
      ({ lanes }) => [...(lanes?.held().keys() ?? [])].filter((lane) => lanes?.isSure(lane)).length,
    );
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

async function live(seed: number, plan: readonly Step[]): Promise<void> {
  const trial = new Trial(seed);
  trial.join();
  for (const { afterMs, what } of plan) {
    await trial.run(afterMs);
    trial.happen(what);
  }
  trial.happen({ kind: 'calm' });
  if (trial.workers.length === 0) trial.join();
  // Those that are frozen thaw, and requests that are still on their way arrive.
  await trial.run(5 * LEASE_MS);
  await trial.run(CALM_MS);
  const shares = trial.shares();
  expect(sum(shares)).toBe(LANES);
  expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
  const before = trial.changes;
  await trial.run(3 * LEASE_MS);
  expect(trial.changes).toBe(before);
  expect(trial.problems).toEqual([]);
}

it(
  'never have two workers a lane; soon after all is calm every lane has one, shares are even, and nothing moves',
  async () => {
    await fc.assert(fc.asyncProperty(fc.integer(), steps, live), { numRuns: RUNS, endOnFailure: RUNS > 8 });
  },
  RUNS * 20_000,
);
