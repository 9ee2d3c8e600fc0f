/**
 * Looks after the pipeline for as long as it runs: takes the census, checks the conservation law, and says aloud what is
 * wrong. One process of several does it. A walk through millions of registrations takes a while, so the next one waits
 * for many times as long as the last one took: looking never costs more than a small share of the store.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { forgetOldStats, readStats } from '../../pipeline/observe/kept-stats.ts';
import type { Database } from '../../store/store.ts';
import type { Conservation } from '../conservation.ts';
import type { Census } from './census.ts';
import { CENSUS_REST, keepCensus, keepConservation, keepRoll } from './kept-census.ts';
import { callRoll } from './roll.ts';
import { DEFAULT_STUCK, type StuckRule } from './stuck.ts';
import { takeCensus } from './take-census.ts';

export interface PipelineWatchOptions {
  readonly registrations: Database;
  /** Where counts and the census are kept. */
  readonly checkpoints: Database;
  readonly conservation: (signal: AbortSignal) => Promise<Conservation>;
  readonly censusEveryMs?: number | undefined;
  readonly conservationEveryMs?: number | undefined;
  readonly stuck?: StuckRule | undefined;
  readonly now: () => Date;
  readonly log: Logger;
}

const CENSUS_EVERY_MS = 15_000;
const CONSERVATION_EVERY_MS = 60 * 60_000;

/** @returns ends it; resolves when nothing of it runs any more */
export function watchPipeline(options: PipelineWatchOptions): () => Promise<void> {
  const { registrations, checkpoints, now, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;

  const census = async (): Promise<void> => {
    const stats = await readStats(checkpoints);
    const roll = callRoll((await registrations.info()).updateSeq);
    const taken = await takeCensus(registrations, stats, options.stuck ?? DEFAULT_STUCK, now(), signal, roll);
    await keepCensus(checkpoints, taken);
    await keepRoll(checkpoints, roll.called());
    await forgetOldStats(checkpoints, now());
    tellTrouble(taken, log);
  };
  const conservation = async (): Promise<void> => {
    const found = await options.conservation(signal);
    await keepConservation(checkpoints, found, now());
    if (!found.holds)
      log.error({ code: 'ENR-PIP-001', violations: found.violations }, 'the conservation law does not hold');
  };
  const running = Promise.all([
    again('census', census, options.censusEveryMs ?? CENSUS_EVERY_MS, signal, log),
    again('conservation', conservation, options.conservationEveryMs ?? CONSERVATION_EVERY_MS, signal, log),
  ]);
  return async () => {
    stopping.abort();
    await running;
  };
}

async function again(
  name: string,
  look: () => Promise<void>,
  everyMs: number,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  while (!signal.aborted) {
    const begun = performance.now();
    try {
      await look();
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error, look: name }, 'could not look; will again later');
    }
    const tookMs = performance.now() - begun;
    await sleep(Math.max(everyMs, CENSUS_REST * tookMs), undefined, { signal }).catch(() => undefined);
  }
}

function tellTrouble({ stuck, deadLetters }: Census, log: Logger): void {
  if (stuck.count > 0)
    log.error({ code: 'ENR-PIP-002', count: stuck.count, rids: stuck.rids.slice(0, 10) }, 'stuck registrations');
  const dead = Object.values(deadLetters).reduce((sum, count) => sum + count, 0);
  if (dead > 0) log.warn({ count: dead, deadLetters }, 'dead letters wait for somebody');
}
