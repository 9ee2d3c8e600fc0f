/** Runs one stage over works and turns whatever happens, errors and delays too, into one outcome for each of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { errorLine } from '@enroute/sync/disk/error-summary.ts';
import type { Outcome } from './outcome.ts';
import type { EffectStage, Stage, Work } from './stage.ts';

/** @param deadlineMs how long a try of an effect may take */
export async function runStage(
  stage: Stage,
  works: readonly Work[],
  deadlineMs: number,
  now: () => Date,
): Promise<Outcome[]> {
  if (works.length === 0) return [];
  if (stage.kind === 'effect') return perform(stage, works, deadlineMs, now);
  return works.map((work) => {
    try {
      return stage.decide(work, now());
    } catch (error) {
      return outcomeOf(error);
    }
  });
}

/** What has not worked, and may when it is tried again. */
export function retry(error: unknown): Outcome {
  // It is logged, and a stage works on people's data.
  const detail = errorLine(error);
  return { kind: 'retry', code: error instanceof EnrouteError ? error.code : 'ENR-ENG-001', detail };
}

async function perform(
  stage: EffectStage,
  works: readonly Work[],
  deadlineMs: number,
  now: () => Date,
): Promise<Outcome[]> {
  try {
    return await performOnce(stage, works, deadlineMs, now);
  } catch (error) {
    // What hangs for all of them would hang for each: it is not tried one by one.
    if (works.length === 1 || error instanceof Late) return works.map(() => outcomeOf(error));
    return performEach(stage, works, deadlineMs, now);
  }
}

/** One of many spoilt it for all: each by itself, to find out which. Effects can be repeated. */
async function performEach(
  stage: EffectStage,
  works: readonly Work[],
  deadlineMs: number,
  now: () => Date,
): Promise<Outcome[]> {
  const end = performance.now() + deadlineMs;
  const outcomes: Outcome[] = [];
  for (const work of works) {
    const leftMs = Math.max(0, end - performance.now());
    outcomes.push(...(leftMs > 0 ? await perform(stage, [work], leftMs, now) : [retry(new Late(deadlineMs))]));
  }
  return outcomes;
}

async function performOnce(
  stage: EffectStage,
  works: readonly Work[],
  deadlineMs: number,
  now: () => Date,
): Promise<Outcome[]> {
  const outcomes = await withDeadline(stage.perform(works, now(), performance.now() + deadlineMs), deadlineMs);
  if (outcomes.length === works.length) return outcomes;
  // Nobody can tell whose they are, and one person's outcome must never be another's.
  throw new Error(`"${stage.name}" gave ${outcomes.length} outcomes for ${works.length} registrations`);
}

/** A packet that is not what it must be will never be; anything else may pass. */
function outcomeOf(error: unknown): Outcome {
  const isPacket = error instanceof EnrouteError && error.code.startsWith('ENR-PKT-');
  return isPacket ? { kind: 'fail', code: error.code } : retry(error);
}

class Late extends Error {
  constructor(deadlineMs: number) {
    super(`no outcome within ${Math.round(deadlineMs)} ms`);
    this.name = 'Late';
  }
}

/** @throws Late; what was late goes on, and nobody looks at it any more. */
export async function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  const done = new AbortController();
  const late = sleep(deadlineMs, undefined, { signal: done.signal, ref: false }).then(() => {
    throw new Late(deadlineMs);
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
