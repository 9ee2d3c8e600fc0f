/** How the pipeline does, for people: the census beside what the workers have counted, stage by stage. */
import { quantileMs } from '../../pipeline/observe/dwell.ts';
import { readStats } from '../../pipeline/observe/kept-stats.ts';
import type { AllStats, StageStats } from '../../pipeline/observe/stage-stats.ts';
import type { Database } from '../../store/store.ts';
import type { Census } from './census.ts';
import { type KeptConservation, readCensus, readConservation } from './kept-census.ts';

export interface StageStatus {
  readonly stage: string;
  readonly depth: number;
  /** When the one that has been there longest came (ISO 8601, UTC). */
  readonly oldest?: string;
  /** Since the workers that are counted began; those of the last day. */
  readonly arrivals: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly retries: Readonly<Record<string, number>>;
  readonly rejections: Readonly<Record<string, number>>;
  /** Milliseconds, rounded up by at most a half; undefined where nobody has left the stage yet. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
}

export interface PipelineStatus {
  /** Undefined until a worker has taken the first one. */
  readonly census?: Census;
  readonly conservation?: KeptConservation;
  readonly stages: readonly StageStatus[];
}

const NOTHING: StageStats = { arrivals: 0, outcomes: {}, retries: {}, rejections: {}, dwell: [] };

/** @param database that of checkpoints. @throws StoreError */
export async function readPipelineStatus(database: Database): Promise<PipelineStatus> {
  const [census, conservation, stats] = await Promise.all([
    readCensus(database),
    readConservation(database),
    readStats(database),
  ]);
  return {
    ...(census ? { census } : {}),
    ...(conservation ? { conservation } : {}),
    stages: stagesOf(census, stats),
  };
}

function stagesOf(census: Census | undefined, stats: AllStats): StageStatus[] {
  const names = new Set([...Object.keys(census?.stages ?? {}), ...Object.keys(stats)]);
  return [...names].sort().map((stage) => statusOf(stage, census?.stages[stage], stats[stage] ?? NOTHING));
}

function statusOf(stage: string, heap: Census['stages'][string] | undefined, stats: StageStats): StageStatus {
  const { dwell, ...counts } = stats;
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((share) => quantileMs(dwell, share));
  return {
    stage,
    depth: heap?.count ?? 0,
    ...(heap?.oldest === undefined ? {} : { oldest: heap.oldest }),
    ...counts,
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p95Ms === undefined ? {} : { p95Ms }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
  };
}
