/** What an engine is made of. */
import { type Database, MAX_BATCH } from '../store/store.ts';
import type { ApplyEvent, EventSource } from './engine-events.ts';
import type { Expire } from './engine-timers.ts';
import type { Lanes } from './lanes/lanes.ts';
import type { PipelineObserver } from './observe/observer.ts';
import type { BatchOptions } from './run-batch.ts';
import type { Timers } from './timers/timer.ts';

export interface EngineOptions extends Omit<BatchOptions, 'rest'> {
  readonly registrations: Database;
  readonly lanes: Lanes;
  readonly inbox: EventSource;
  readonly timers: Timers;
  readonly applyEvent: ApplyEvent;
  readonly expire: Expire;
  readonly observer: PipelineObserver;
  /** Most registrations that are worked on at once; 1 to MAX_BATCH. */
  readonly batchSize: number;
  /** Most registrations that are in memory; a quarter more when there are that many urgent ones. */
  readonly window: number;
}

/** @throws RangeError */
export function checkSizes({ batchSize, window }: Pick<EngineOptions, 'batchSize' | 'window'>): void {
  const isSound = batchSize >= 1 && batchSize <= MAX_BATCH;
  if (!isSound) throw new RangeError(`batchSize ${batchSize} is not 1 to ${MAX_BATCH}.`);
  if (!(window >= 1)) throw new RangeError(`window ${window} is less than 1.`);
}
