/** What a worker has done at each stage since it began: counts alone, which workers' counts can be added to. */
import { z } from 'zod';
import { addDwells, type Dwell, withDwell } from './dwell.ts';
import type { Move } from './observer.ts';

const countSchema = z.int().nonnegative();
const countsSchema = z.record(z.string(), countSchema);

export const stageStatsSchema = z.strictObject({
  arrivals: countSchema,
  /** How often the stage said what. */
  outcomes: countsSchema,
  /** By code. */
  retries: countsSchema,
  rejections: countsSchema,
  dwell: z.array(countSchema),
});

export type StageStats = z.infer<typeof stageStatsSchema>;

/** Where a registration is that has been received and entered no flow yet. */
export const BEFORE_FIRST = 'received';

/** By stage. */
export type AllStats = Readonly<Record<string, StageStats>>;

const NONE: StageStats = { arrivals: 0, outcomes: {}, retries: {}, rejections: {}, dwell: [] };

/** @returns what the counts are after the move; a registration that stays where it is does not arrive */
export function withMove(stats: AllStats, { from, to, by, code, dwellMs }: Move): AllStats {
  const counted: Record<string, StageStats> = { ...stats };
  const leaves = from.stage ?? (from.state === 'RECEIVED' ? BEFORE_FIRST : undefined);
  if (leaves !== undefined) {
    const left = counted[leaves] ?? NONE;
    const isGone = from.stage !== to.stage || from.state !== to.state;
    counted[leaves] = {
      ...left,
      outcomes: plusOne(left.outcomes, by),
      retries: by === 'retry' ? plusOne(left.retries, code ?? '') : left.retries,
      rejections: by === 'reject' || by === 'fail' ? plusOne(left.rejections, code ?? '') : left.rejections,
      dwell: [...(isGone && dwellMs !== undefined ? withDwell(left.dwell, dwellMs) : left.dwell)],
    };
  }
  if (to.stage !== undefined && to.stage !== from.stage && to.state === 'IN_FLOW') {
    const entered = counted[to.stage] ?? NONE;
    counted[to.stage] = { ...entered, arrivals: entered.arrivals + 1 };
  }
  return counted;
}

export function addStats(all: readonly AllStats[]): AllStats {
  const sum: Record<string, StageStats> = {};
  for (const stats of all) {
    for (const [stage, more] of Object.entries(stats)) sum[stage] = addStage(sum[stage] ?? NONE, more);
  }
  return sum;
}

function addStage(one: StageStats, other: StageStats): StageStats {
  return {
    arrivals: one.arrivals + other.arrivals,
    outcomes: addCounts(one.outcomes, other.outcomes),
    retries: addCounts(one.retries, other.retries),
    rejections: addCounts(one.rejections, other.rejections),
    dwell: [...addDwells(one.dwell as Dwell, other.dwell)],
  };
}

type Counts = Readonly<Record<string, number>>;

function plusOne(counts: Counts, name: string): Record<string, number> {
  return { ...counts, [name]: (counts[name] ?? 0) + 1 };
}

function addCounts(one: Counts, other: Counts): Record<string, number> {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]));
}
