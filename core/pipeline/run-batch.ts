/**
 * Takes a batch of registrations along their flows as far as they go now. Each registration is saved before every
 * effect, and at the end; a crash in between repeats work and loses none.
 */
import type { KeyPair } from '@enroute/shared/crypto/keys.ts';
import type { Logger } from 'pino';
import type { StoredRegistration } from '../databases.ts';
import type { Database, WriteResult } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { advance, enterFlow, stageOf, strand } from './advance.ts';
import type { LoadedFlow } from './flow.ts';
import type { Outcome } from './outcome.ts';
import { type LoadedPackets, loadPackets, notLoaded } from './packet-loader.ts';
import { retry, runStage } from './run-stage.ts';
import { readsPacket, type Stage, type Work } from './stage.ts';

export interface BatchOptions {
  readonly registrations: Database;
  readonly vault: Vault;
  readonly keyFor: (keyId: string) => KeyPair | undefined;
  /** @throws Error when no such flow is loaded. */
  readonly flowOf: (registration: StoredRegistration) => LoadedFlow;
  readonly now: () => Date;
  readonly random: () => number;
  readonly log: Logger;
}

export interface BatchResult {
  /** As they are in the store now. */
  readonly saved: readonly StoredRegistration[];
  /** The ids of those that someone else has written meanwhile: theirs stands. */
  readonly overtaken: readonly string[];
}

/** Longer than any flow without waits; a registration whose flow goes round for ever is stopped. */
const MAX_STEPS = 64;

/** @param batch registrations that are RECEIVED, or IN_FLOW and due; at most MAX_BATCH */
export function runBatch(batch: readonly StoredRegistration[], options: BatchOptions): Promise<BatchResult> {
  return new Batch(batch, options).run();
}

/** True when a stage of this registration is to be run now. */
export function isDue(registration: StoredRegistration, now: Date): boolean {
  if (registration.state === 'RECEIVED') return true;
  if (registration.state !== 'IN_FLOW') return false;
  return registration.notBefore === undefined || registration.notBefore <= now.toISOString();
}

interface Runner {
  registration: StoredRegistration;
  /** As the store has it. */
  stored: StoredRegistration;
  packets: LoadedPackets | undefined;
  steps: number;
}

class Batch {
  readonly #options: BatchOptions;
  readonly #runners: Map<string, Runner>;
  readonly #overtaken: string[] = [];

  constructor(batch: readonly StoredRegistration[], options: BatchOptions) {
    this.#options = options;
    const runners = batch.map((stored): Runner => ({ registration: stored, stored, packets: undefined, steps: 0 }));
    this.#runners = new Map(runners.map((runner) => [runner.stored._id, runner]));
  }

  async run(): Promise<BatchResult> {
    for (const runner of this.#runners.values()) this.#enter(runner);
    for (;;) {
      const due = this.#dueByStage();
      if (due.size === 0) break;
      const pure = [...due].filter(([stage]) => stage.kind === 'pure');
      // Whatever can be decided is decided before anything is saved and done.
      if (pure.length === 0) await this.#save();
      for (const [stage, group] of pure.length > 0 ? pure : due) await this.#run(stage, group);
    }
    await this.#save();
    return { saved: [...this.#runners.values()].map(({ registration }) => registration), overtaken: this.#overtaken };
  }

  #enter(runner: Runner): void {
    const { registration } = runner;
    if (registration.state !== 'RECEIVED') return;
    try {
      runner.registration = enterFlow(registration, this.#options.flowOf(registration));
    } catch (error) {
      this.#strand(runner, error);
    }
  }

  #dueByStage(): Map<Stage, Runner[]> {
    const due = new Map<Stage, Runner[]>();
    for (const runner of this.#runners.values()) {
      if (!isDue(runner.registration, this.#options.now())) continue;
      const stage = this.#stageOf(runner);
      if (stage) due.set(stage, [...(due.get(stage) ?? []), runner]);
    }
    return due;
  }

  #stageOf(runner: Runner): Stage | undefined {
    const { registration } = runner;
    try {
      return this.#options.flowOf(registration).stage(stageOf(registration));
    } catch (error) {
      this.#strand(runner, error);
      return undefined;
    }
  }

  async #run(stage: Stage, group: readonly Runner[]): Promise<void> {
    const able: Runner[] = [];
    for (const runner of group) {
      // Someone else wrote it when it was to be saved.
      if (!this.#runners.has(runner.stored._id)) continue;
      const problem = await this.#load(stage, runner);
      if (problem) this.#apply(runner, problem);
      else able.push(runner);
    }
    const { flowOf, now } = this.#options;
    const deadlines = able.map(({ registration }) => flowOf(registration).step(stage.name).deadlineMs);
    const outcomes = await runStage(
      stage,
      able.map((runner) => this.#workOf(runner)),
      Math.min(...deadlines),
      now,
    );
    for (const [index, runner] of able.entries()) {
      const outcome = outcomes[index];
      if (outcome) this.#apply(runner, outcome);
    }
  }

  #workOf({ registration, packets }: Runner): Work {
    const verdict = registration.verdict ?? this.#options.flowOf(registration).success;
    return { registration, verdict, packets: packets ?? notLoaded };
  }

  async #load(stage: Stage, runner: Runner): Promise<Outcome | undefined> {
    if (!readsPacket(stage) || runner.packets) return undefined;
    try {
      runner.packets = await loadPackets(runner.registration, this.#options.vault, this.#options.keyFor);
      return undefined;
    } catch (error) {
      return retry(error);
    }
  }

  #apply(runner: Runner, outcome: Outcome): void {
    const { registration } = runner;
    const { flowOf, now, random } = this.#options;
    // A retry is no step: its budget ends it.
    if (outcome.kind !== 'retry') runner.steps += 1;
    try {
      if (runner.steps > MAX_STEPS) throw new Error(`No end after ${MAX_STEPS} steps.`);
      runner.registration = advance(registration, outcome, flowOf(registration), now(), random());
      this.#report(registration, outcome, runner.registration);
    } catch (error) {
      this.#strand(runner, error);
    }
  }

  #report({ _id: rid, stage }: StoredRegistration, outcome: Outcome, { attempts, state }: StoredRegistration): void {
    const { log } = this.#options;
    if (outcome.kind === 'retry')
      log.warn({ rid, stage, attempts, code: outcome.code, detail: outcome.detail }, 'retry');
    if (outcome.kind === 'fail') log.warn({ rid, stage, code: outcome.code }, 'packet can not be processed');
    if (state === 'DEAD_LETTER') log.error({ rid, stage, outcome: outcome.kind, code: 'ENR-ENG-002' }, 'dead letter');
  }

  /** One registration that its flow has no way for must not hold up the others: it is put aside, to be looked at. */
  #strand(runner: Runner, error: unknown): void {
    const { registration } = runner;
    this.#options.log.error({ err: error, rid: registration._id, stage: registration.stage }, 'dead letter');
    runner.registration = strand(registration, this.#options.now());
  }

  async #save(): Promise<void> {
    const refused = await this.#write([...this.#runners.values()].filter(isDirty));
    for (const runner of refused) {
      runner.registration = runner.stored;
      this.#strand(runner, new Error('The store refuses what the stages made of it.'));
    }
    await this.#write(refused);
  }

  /** @returns those that the store can't take as they are. */
  async #write(runners: readonly Runner[]): Promise<Runner[]> {
    if (runners.length === 0) return [];
    const results = await this.#options.registrations.write(runners.map(({ registration }) => registration));
    return runners.filter((runner, index) => !this.#settle(runner, results[index]));
  }

  #settle(runner: Runner, result: WriteResult | undefined): boolean {
    if (result?.ok) {
      runner.stored = { ...runner.registration, _rev: result.rev };
      runner.registration = runner.stored;
      return true;
    }
    if (result?.reason === 'refused') return false;
    this.#runners.delete(runner.stored._id);
    this.#overtaken.push(runner.stored._id);
    return true;
  }
}

function isDirty({ registration, stored }: Runner): boolean {
  return registration !== stored;
}
