/** A batch to be tried, over a real store and a real vault. */
import type { StoredRegistration } from '../databases.ts';
import type { Database, Doc } from '../store/store.ts';
import { engineParts, TestLanes, type TestTimers } from './engine.fixture.ts';
import type { FlowStep, LoadedFlow } from './flow/flow.ts';
import type { Outcome } from './outcome.ts';
import { faulty, lineOf, must, NOW, put, registrationOf, ridOf, type TestCore } from './pipeline.fixture.ts';
import { type BatchOptions, runBatch, type Settled } from './run-batch.ts';
import type { EffectStage, PureStage, Stage, Work } from './stage.ts';

export const NEXT: Outcome = { kind: 'next' };

/** A pure stage that does not care for the packet. */
export function pure(
  name: string,
  decide: PureStage['decide'] = () => NEXT,
  outcomes: PureStage['outcomes'] = ['next', 'reject'],
): PureStage {
  return { name, kind: 'pure', outcomes, decide };
}

export function effect(
  name: string,
  perform: EffectStage['perform'],
  outcomes: EffectStage['outcomes'] = ['next', 'reject'],
): EffectStage {
  return { name, kind: 'effect', reads: false, outcomes, perform };
}

export const each = (works: readonly Work[], outcome: (rid: string) => Outcome = () => NEXT): Outcome[] =>
  works.map(({ registration }) => outcome(registration._id));

export interface RunOptions extends Partial<Omit<BatchOptions, 'registrations' | 'random'>> {
  readonly db?: Database;
  readonly random?: number;
  /** What differs from the usual in every step of the line. */
  readonly step?: Partial<FlowStep>;
}

export interface RunResult {
  readonly saved: readonly StoredRegistration[];
  readonly settled: readonly Settled[];
  readonly overtaken: readonly string[];
  readonly notOurs: readonly string[];
}

export class BatchTrial {
  readonly core: TestCore;
  registrations: Database;
  clock = NOW;
  lanes = new TestLanes();
  readonly timers: TestTimers;
  readonly #parts = engineParts();

  constructor(core: TestCore, registrations: Database) {
    this.core = core;
    this.registrations = registrations;
    this.timers = this.#parts.timers;
  }

  /** Registrations that have arrived, over packets that open. */
  async arrived(count: number): Promise<StoredRegistration[]> {
    const packet = (await this.core.arrive()).packet;
    const those = Array.from({ length: count }, (_, n) => registrationOf(ridOf(n + 1), { packet }));
    return Promise.all(those.map((registration) => put(this.registrations, registration)));
  }

  /** Over these stages one after the other, where no flow is given. */
  async run(
    batch: readonly StoredRegistration[],
    stages: readonly Stage[],
    { db, random = 1, step, ...options }: RunOptions = {},
  ): Promise<RunResult> {
    const flow = stages.length > 0 ? lineOf(stages) : undefined;
    const line: LoadedFlow | undefined = flow && { ...flow, step: (name) => ({ ...flow.step(name), ...step }) };
    const result = await runBatch(batch, {
      ...this.#parts,
      registrations: db ?? this.registrations,
      lanes: this.lanes,
      vault: this.core.vault,
      keyFor: this.core.keyFor,
      flowOf: () => must(line),
      rest: { allowed: () => Number.POSITIVE_INFINITY, note: () => undefined },
      now: () => this.clock,
      random: () => random,
      ...options,
    });
    return { ...result, settled: result.saved, saved: result.saved.map(({ registration }) => registration) };
  }

  stored = (): Promise<StoredRegistration[]> =>
    this.registrations.range<StoredRegistration>({ start: '0', end: ':', limit: 1000 });

  states = async (): Promise<string[]> => (await this.stored()).map(({ state }) => state);

  /** Counts documents of registrations that are written. */
  counting(): { readonly db: Database; readonly writes: number[] } {
    const writes: number[] = [];
    const before = (method: string, _db: string, documents: readonly Doc[]): void => {
      if (method === 'write') writes.push(documents.length);
    };
    return { db: faulty(this.registrations, { before }), writes };
  }
}

let databases = 0;

/** Over an empty database of its own. */
export async function batchTrial(core: TestCore): Promise<BatchTrial> {
  databases += 1;
  return new BatchTrial(core, await core.store.database(`batch${databases}`));
}
