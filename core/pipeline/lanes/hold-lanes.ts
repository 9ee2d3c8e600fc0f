/**
 * The lanes of this worker, shared with as many other workers as there are, or all of them where there is only this one.
 * How they are shared without a word between workers stands in share-lanes.ts; who is to have which, in plan-lanes.ts.
 */
import type { Logger } from 'pino';
import { MONOTONIC, type MonotonicClock } from '../../ops/answer-by.ts';
import type { Database } from '../../store/store.ts';
import type { Lanes } from './lanes.ts';
import { ownLanes } from './own-lanes.ts';
import { shareLanes } from './share-lanes.ts';
import { EVERY_LANE, EVERY_STAGE, type StageSet } from './stage-set.ts';

export interface HoldLanesOptions {
  readonly leases: Database;
  /** Those that it wants a share of; all of them when it is not said. */
  readonly wanted?: readonly number[];
  /** Workers with other stages have lanes of their own. All stages when it is not said. */
  readonly stages?: StageSet;
  /** No other process can reach this store, so the lanes are taken at once, whoever had them. */
  readonly alone: boolean;
  /** Without a sign of life, until others take the lanes over; more than three heartbeats. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly log: Logger;
  /** 0 to 1: workers that were started together do not all come at the same moment. */
  readonly random?: () => number;
  readonly clock?: MonotonicClock;
}

/**
 * @returns with the first lanes, when some are free
 * @throws EnrouteError ENR-LAN-001 when a worker is at work whose stages are partly the same; StoreError where it is alone
 */
export function holdLanes(options: HoldLanesOptions): Promise<Lanes> {
  const { wanted = EVERY_LANE, stages = EVERY_STAGE, random = Math.random, clock = MONOTONIC } = options;
  const settled = { ...options, wanted, stages, random, clock };
  return options.alone ? ownLanes(settled) : shareLanes(settled);
}

export type SettledOptions = Required<HoldLanesOptions>;
