/** What a process measures of itself and of the pipeline: one registry, and for a worker an observer that fills it. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Database } from '../../store/store.ts';
import { measureCensus } from './census-metrics.ts';
import { keepStats } from './kept-stats.ts';
import type { PipelineObserver } from './observer.ts';
import { measurePipeline, observers } from './pipeline-metrics.ts';

const NAME_BYTES = 8;

/** @param checkpoints where the census and the workers' counts are kept */
export function newRegistry(checkpoints: Database, now: () => Date): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  measureCensus(registry, checkpoints, now);
  return registry;
}

export interface WorkerInstruments {
  readonly observer: PipelineObserver;
  /** Writes its last counts. */
  stop(): Promise<void>;
}

export function openWorkerInstruments(
  registry: Registry,
  checkpoints: Database,
  now: () => Date,
  log: Logger,
): WorkerInstruments {
  const kept = keepStats(checkpoints, randomBytes(NAME_BYTES).toString('hex'), now, log);
  return { observer: observers([measurePipeline(registry), kept.observer]), stop: () => kept.stop() };
}
