/**
 * Takes a batch of registrations along their flows as far as they go now. Each registration is saved before every
 * effect, and at the end; a crash in between repeats work and loses none.
 */
import type { KeyPair } from '@enroute/shared/crypto/keys.ts';
import type { Logger } from 'pino';
import type { StoredRegistration } from '../databases.ts';
import type { Vault } from '../vault/vault.ts';
import { advance, enterFlow, stageOf, strand } from './advance.ts';
import { atOnce } from './at-once.ts';
import type { FlowStep, LoadedFlow } from './flow/flow.ts';
import { isFencedOff } from './lanes/is-fenced-off.ts';
import { moveOf } from './move-of.ts';
import type { Move, PipelineObserver } from './observe/observer.ts';
import type { Outcome } from './outcome.ts';
import { loadPackets, notLoaded } from './packet-loader.ts';
import { runStage } from './run-stage.ts';
import { isDirty, loadEach, type Runner, runnerOf } from './runner.ts';
import { type Saved, type Saving, saveRegistrations } from './save-registrations.ts';
import { readsPacket, type Stage, type Work } from './stage.ts';
import type { StageRest } from './stage-rest.ts';

export interface BatchOptions extends Saving {
  readonly vault: Pick<Vault, 'read'>;
  readonly keyFor: (keyId: string) => KeyPair | undefined;
  /** Undefined when no such flow is at hand: then nothing is done. */
  readonly flowOf: (registration: StoredRegistration) => LoadedFlow | undefined;
  /** Asked before each stage: what holds the registration up instead. */
  readonly gate: (registration: StoredRegistration, now: Date) => Outcome | undefined;
  readonly rest: StageRest;
  readonly observer: Pick<PipelineObserver, 'moved' | 'ran'>;
  readonly random: () => number;
  readonly log: Logger;
}

export interface Settled {
  /** As it is in the store now. */
  readonly registration: StoredRegistration;
  /** A timer wakes it. */
  readonly waits: boolean;
}

export interface BatchResult {
  /** Those that have moved; the others are as they were before. */
  readonly saved: readonly Settled[];
  /** The ids of those that someone else has written meanwhile: theirs stands. */
  readonly overtaken: readonly string[];
  /** The ids of those of which nothing was saved any more, because their lane may be another's. */
  readonly notOurs: readonly string[];
}

/** Longer than any flow without waits; a registration whose flow goes round for ever is stopped. */
const MAX_STEPS = 64;
/** Different stages of one batch that run beside each other. */
const STAGES_AT_ONCE = 4;

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

class Batch {
  readonly #options: BatchOptions;
  readonly #runners: Map<string, Runner>;
  readonly #saved = new Map<string, Settled>();
  readonly #overtaken: string[] = [];
  readonly #notOurs: string[] = [];

  constructor(batch: readonly StoredRegistration[], options: BatchOptions) {
    this.#options = options;
    this.#runners = new Map(batch.map((stored) => [stored._id, runnerOf(stored)]));
  }

  async run(): Promise<BatchResult> {
    for (const runner of this.#runners.values()) this.#enter(runner);
    for (;;) {
      const due = this.#dueByStage();
      if (due.size === 0) break;
      const pure = [...due].filter(([stage]) => stage.kind === 'pure');
      // Whatever can be decided is decided before anything is saved and done.
      for (const [stage, group] of pure) await this.#run(stage, group, [group]);
      if (pure.length > 0) continue;
      await this.#save();
      await atOnce([...due], STAGES_AT_ONCE, ([stage, group]) => this.#perform(stage, group));
    }
    await this.#save();
    const saved = [...this.#runners.keys()].flatMap((rid) => this.#saved.get(rid) ?? []);
    return { saved, overtaken: this.#overtaken, notOurs: this.#notOurs };
  }

  #enter(runner: Runner): void {
    if (runner.registration.state !== 'RECEIVED') return;
    const flow = this.#options.flowOf(runner.registration);
    if (flow) this.#move(runner, 'enter', (registration, now) => enterFlow(registration, flow, now));
  }

  #dueByStage(): Map<Stage, Runner[]> {
    const due = new Map<Stage, Runner[]>();
    for (const runner of this.#runners.values()) {
      const stage = this.#isRunnable(runner) && !this.#isGated(runner) ? this.#stageOf(runner) : undefined;
      if (!stage) continue;
      const group = due.get(stage) ?? [];
      // A stage that rests, or is only just tried, gets no more than it may.
      runner.isHeldBack = group.length >= this.#options.rest.allowed(stage.name);
      if (!runner.isHeldBack) due.set(stage, [...group, runner]);
    }
    return due;
  }

  #isRunnable({ registration, isHeldBack }: Runner): boolean {
    const { now, stages } = this.#options;
    if (isHeldBack || registration.state !== 'IN_FLOW' || !isDue(registration, now())) return false;
    return stages?.has(stageOf(registration)) ?? true;
  }

  #isGated(runner: Runner): boolean {
    const { gate, now } = this.#options;
    const held = gate(runner.registration, now());
    if (held) this.#apply(runner, held);
    return held !== undefined;
  }

  #stageOf(runner: Runner): Stage | undefined {
    const { registration } = runner;
    try {
      return this.#options.flowOf(registration)?.stage(stageOf(registration));
    } catch (error) {
      this.#strand(runner, error);
      return undefined;
    }
  }

  #stepsOf(stage: Stage, group: readonly Runner[]): FlowStep[] {
    return group.flatMap(({ registration }) => this.#options.flowOf(registration)?.step(stage.name) ?? []);
  }

  /** An effect, in as many tries and as many at once as its flows say. */
  async #perform(stage: Stage, group: readonly Runner[]): Promise<void> {
    // Meanwhile others may have written them.
    const here = group.filter(({ stored }) => this.#runners.has(stored._id));
    const steps = this.#stepsOf(stage, here);
    const batch = Math.min(...steps.map((step) => step.batch));
    const concurrency = Math.min(...steps.map((step) => step.concurrency));
    await this.#run(stage, here, chunksOf(here, batch), concurrency);
  }

  async #run(stage: Stage, group: readonly Runner[], chunks: readonly Runner[][], concurrency = 1): Promise<void> {
    if (group.length === 0) return;
    const deadlineMs = Math.min(...this.#stepsOf(stage, group).map((step) => step.deadlineMs));
    await atOnce(chunks, concurrency, (chunk) => this.#try(stage, chunk, deadlineMs));
  }

  async #try(stage: Stage, chunk: readonly Runner[], deadlineMs: number): Promise<void> {
    const { now, observer, rest } = this.#options;
    // Chunks before this one have come to nothing: these are to spend no retry.
    if (rest.allowed(stage.name) === 0) {
      for (const runner of chunk) runner.isHeldBack = true;
      return;
    }
    const began = performance.now();
    const problems = await this.#load(stage, chunk, deadlineMs);
    // What is not surely ours is left to whoever has it, before anything is done outside.
    const able = chunk.filter((runner) => !problems.has(runner) && (stage.kind === 'pure' || this.#isOurs(runner)));
    const works = able.map((runner) => this.#workOf(runner));
    const outcomes = await runStage(stage, works, deadlineMs, now);
    for (const [index, runner] of able.entries()) if (outcomes[index]) problems.set(runner, outcomes[index]);
    for (const [runner, outcome] of problems) this.#apply(runner, outcome);
    rest.note(
      stage.name,
      [...problems.keys()].map(({ stored }) => stored._id),
      [...problems.values()],
    );
    observer.ran({ stage: stage.name, size: chunk.length, ms: performance.now() - began });
  }

  #isOurs({ stored }: Runner): boolean {
    if (this.#options.lanes.isSure(stored.lane) && !isFencedOff(stored, this.#options)) return true;
    this.#giveUp(stored._id, this.#notOurs);
    return false;
  }

  #workOf({ registration, packets }: Runner): Work {
    const verdict = registration.verdict ?? this.#options.flowOf(registration)?.success;
    if (!verdict) throw new Error(`The flow of ${registration._id} is gone.`);
    return { registration, verdict, packets: packets ?? notLoaded };
  }

  async #load(stage: Stage, chunk: readonly Runner[], deadlineMs: number): Promise<Map<Runner, Outcome>> {
    if (!readsPacket(stage)) return new Map();
    const { vault, keyFor } = this.#options;
    return loadEach(chunk, (registration) => loadPackets(registration, vault, keyFor), deadlineMs);
  }

  #apply(runner: Runner, outcome: Outcome): void {
    const before = runner.registration;
    // A retry is no step: its budget ends it.
    if (outcome.kind !== 'retry') runner.steps += 1;
    const code = 'code' in outcome ? outcome.code : undefined;
    const next = (registration: StoredRegistration, now: Date): StoredRegistration => {
      if (runner.steps > MAX_STEPS) throw new Error(`No end after ${MAX_STEPS} steps.`);
      const flow = this.#options.flowOf(registration);
      return flow ? advance(registration, outcome, flow, now, this.#options.random()) : registration;
    };
    if (this.#move(runner, outcome.kind, next, code)) this.#report(before, outcome, runner.registration);
  }

  #move(
    runner: Runner,
    by: Move['by'],
    next: (registration: StoredRegistration, now: Date) => StoredRegistration,
    code?: Move['code'],
  ): boolean {
    const before = runner.registration;
    const now = this.#options.now();
    try {
      runner.registration = next(before, now);
    } catch (error) {
      this.#strand(runner, error);
      return false;
    }
    runner.moves.push(moveOf(before, runner.registration, by, now, code));
    return true;
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
    const before = runner.registration;
    const now = this.#options.now();
    this.#options.log.error({ err: error, rid: before._id, stage: before.stage }, 'dead letter');
    runner.registration = strand(before, now);
    runner.moves.push(moveOf(before, runner.registration, 'strand', now, 'ENR-ENG-001'));
  }

  async #save(): Promise<void> {
    const refused = await this.#write([...this.#runners.values()].filter(isDirty));
    for (const runner of refused) {
      runner.registration = runner.stored;
      runner.moves = [];
      this.#strand(runner, new Error('The store refuses what the stages made of it.'));
    }
    for (const { stored } of await this.#write(refused)) this.#giveUp(stored._id, this.#overtaken);
  }

  /** @returns those that the store can't take as they are. */
  async #write(runners: readonly Runner[]): Promise<Runner[]> {
    const saved = await saveRegistrations(runners, this.#options);
    return runners.filter((runner, index) => !this.#settle(runner, saved[index]));
  }

  #settle(runner: Runner, saved: Saved | undefined): boolean {
    if (saved?.kind === 'refused') return false;
    if (saved?.kind === 'saved') {
      runner.stored = saved.registration;
      runner.registration = saved.registration;
      runner.moves = [];
      this.#saved.set(runner.stored._id, { registration: saved.registration, waits: saved.waits });
      return true;
    }
    this.#giveUp(runner.stored._id, saved?.kind === 'not-ours' ? this.#notOurs : this.#overtaken);
    return true;
  }

  #giveUp(rid: string, to: string[]): void {
    if (this.#runners.delete(rid)) to.push(rid);
    this.#saved.delete(rid);
  }
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, nth) => items.slice(nth * size, (nth + 1) * size));
}
