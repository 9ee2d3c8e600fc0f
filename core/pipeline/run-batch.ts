/**
 * Takes a batch of registrations along their flows as far as they go now. Each registration is saved before every
 * effect, and at the end; a crash in between repeats work and loses none.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyPair } from '@enroute/shared/crypto/keys.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Logger } from 'pino';
import type { StoredRegistration } from '../databases.ts';
import type { Database } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { advance, enterFlow, stageOf } from './advance.ts';
import type { LoadedFlow } from './flow.ts';
import type { Outcome } from './outcome.ts';
import { type LoadedPackets, loadPackets, notLoaded } from './packet-loader.ts';
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

/** Longer than any flow without waits; a flow that goes round for ever is stopped. */
const MAX_STEPS = 64;

interface Runner {
  registration: StoredRegistration;
  /** Differs from what the store has. */
  dirty: boolean;
  packets: LoadedPackets | undefined;
}

/**
 * @param batch registrations that are RECEIVED, or IN_FLOW and due
 * @returns those that were saved as they are now, and the ids of those that someone else has written meanwhile.
 */
export async function runBatch(
  batch: readonly StoredRegistration[],
  options: BatchOptions,
): Promise<{ readonly saved: readonly StoredRegistration[]; readonly overtaken: readonly string[] }> {
  const runners = new Map(batch.map((registration) => [registration._id, enter(registration, options)]));
  const overtaken: string[] = [];

  async function save(): Promise<void> {
    const dirty = [...runners.values()].filter((runner) => runner.dirty);
    const results = await options.registrations.write(dirty.map(({ registration }) => registration));
    for (const [index, runner] of dirty.entries()) {
      const result = results[index];
      if (result?.ok) {
        runner.registration = { ...runner.registration, _rev: result.rev };
        runner.dirty = false;
        continue;
      }
      // Someone else wrote it: theirs stands, and the feed brings it.
      runners.delete(runner.registration._id);
      overtaken.push(runner.registration._id);
    }
  }

  for (let step = 0; step < MAX_STEPS; step += 1) {
    const due = [...runners.values()].filter(({ registration }) => isDue(registration, options.now()));
    if (due.length === 0) break;
    const byStage = Map.groupBy(due, ({ registration }) => options.flowOf(registration).stage(stageOf(registration)));
    const pure = [...byStage].filter(([stage]) => stage.kind === 'pure');
    // Whatever can be decided is decided before anything is saved and done.
    if (pure.length > 0) {
      for (const [stage, group] of pure) await run(stage, group, options);
      continue;
    }
    await save();
    for (const [stage, group] of byStage) {
      await run(
        stage,
        group.filter(({ registration }) => runners.has(registration._id)),
        options,
      );
    }
  }
  await save();
  return { saved: [...runners.values()].map(({ registration }) => registration), overtaken };
}

function enter(registration: StoredRegistration, options: BatchOptions): Runner {
  const entering = registration.state === 'RECEIVED';
  const entered = entering ? enterFlow(registration, options.flowOf(registration)) : registration;
  return { registration: entered, dirty: entering, packets: undefined };
}

/** True when a stage of this registration is to be run now. */
export function isDue(registration: StoredRegistration, now: Date): boolean {
  if (registration.state === 'RECEIVED') return true;
  if (registration.state !== 'IN_FLOW') return false;
  return registration.notBefore === undefined || registration.notBefore <= now.toISOString();
}

async function run(stage: Stage, group: readonly Runner[], options: BatchOptions): Promise<void> {
  const able: Runner[] = [];
  for (const runner of group) {
    const problem = await load(stage, runner, options);
    if (problem) apply(runner, problem, options);
    else able.push(runner);
  }
  const works = able.map((runner): Work => {
    const { registration, packets } = runner;
    const verdict = registration.verdict ?? options.flowOf(registration).success;
    return { registration, verdict, packets: packets ?? notLoaded };
  });
  if (works.length === 0) return;
  const outcomes = stage.kind === 'pure' ? works.map((work) => decide(stage, work)) : await perform(stage, works);
  for (const [index, runner] of able.entries()) {
    apply(runner, outcomes[index] ?? retry(new Error(`"${stage.name}" gave no outcome`)), options);
  }

  function decide(pure: Extract<Stage, { kind: 'pure' }>, work: Work): Outcome {
    try {
      return pure.decide(work, options.now());
    } catch (error) {
      return outcomeOf(error, work, options);
    }
  }

  async function perform(effect: Extract<Stage, { kind: 'effect' }>, all: readonly Work[]): Promise<Outcome[]> {
    const deadlines = all.map(({ registration }) => options.flowOf(registration).step(effect.name).deadlineMs);
    try {
      return await withDeadline(effect.perform(all, options.now()), Math.min(...deadlines));
    } catch (error) {
      const [alone] = all;
      if (all.length === 1 && alone) return [outcomeOf(error, alone, options)];
      // One of many spoilt it for all: each by itself, to find out which. Effects can be repeated.
      const outcomes: Outcome[] = [];
      for (const work of all) outcomes.push(...(await perform(effect, [work])));
      return outcomes;
    }
  }
}

async function load(stage: Stage, runner: Runner, options: BatchOptions): Promise<Outcome | undefined> {
  if (!readsPacket(stage) || runner.packets) return undefined;
  try {
    runner.packets = await loadPackets(runner.registration, options.vault, options.keyFor);
    return undefined;
  } catch (error) {
    return retry(error);
  }
}

function apply(runner: Runner, outcome: Outcome, options: BatchOptions): void {
  const { registration } = runner;
  const flow = options.flowOf(registration);
  const moved = advance(registration, outcome, flow, options.now(), options.random());
  const { _id: rid, stage } = registration;
  if (outcome.kind === 'retry') {
    options.log.warn(
      { rid, stage, code: outcome.code, detail: outcome.detail, attempts: moved.attempts },
      'will retry',
    );
  }
  if (moved.state === 'DEAD_LETTER') options.log.error({ rid, stage, outcome: outcome.kind }, 'dead letter');
  runner.registration = moved;
  runner.dirty = true;
}

/** A packet that is not what it must be will never be; anything else may pass. */
function outcomeOf(error: unknown, work: Work, options: BatchOptions): Outcome {
  if (error instanceof EnrouteError && error.code.startsWith('ENR-PKT-')) {
    options.log.warn({ rid: work.registration._id, code: error.code }, 'packet can not be processed');
    return { kind: 'fail', code: error.code };
  }
  return retry(error);
}

function retry(error: unknown): Outcome {
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: 'retry', code: error instanceof EnrouteError ? error.code : 'ENR-ENG-001', detail };
}

async function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  const done = new AbortController();
  const late = sleep(deadlineMs, undefined, { signal: done.signal, ref: false }).then(() => {
    throw new Error(`no outcome within ${deadlineMs} ms`);
  });
  // Whichever is second must not be an unhandled rejection.
  late.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}
