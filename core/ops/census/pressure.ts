/**
 * How much stations may send when the pipeline falls behind: all they like while it keeps up, less and less above half of
 * a limit, nothing beyond it. Packets are as safe at a station as here, and there they do not make the backlog longer. A
 * few that do not get on for reasons of their own are no reason to stop a country.
 */
import { quantileMs } from '../../pipeline/observe/dwell.ts';
import type { Census } from './census.ts';

export interface PressureLimits {
  /** Registrations that wait. */
  readonly depth: number;
  /** That half of them have waited for a stage. */
  readonly ageMs: number;
}

export const DEFAULT_PRESSURE: PressureLimits = { depth: 200_000, ageMs: 3 * 24 * 60 * 60_000 };

/** Packets until a station asks again. */
const MOST_CREDITS = 32;
const FROM_SHARE = 0.5;
const HALF = 0.5;
/** With fewer, their age says nothing of the pipeline. */
const MANY = 1_000;

/** @returns packets that a station may send until it asks again; undefined for as many as it likes */
export function creditsAt({ backlog, ages }: Census, limits: PressureLimits): number | undefined {
  const waited = backlog.count < Math.min(MANY, limits.depth) ? 0 : (quantileMs(ages, HALF) ?? 0);
  const share = Math.max(backlog.count / limits.depth, waited / limits.ageMs);
  if (share < FROM_SHARE) return undefined;
  if (share >= 1) return 0;
  return Math.max(1, Math.round((MOST_CREDITS * (1 - share)) / (1 - FROM_SHARE)));
}
