/**
 * What counts as stuck: in flow, due, and without a move for many times what nearly all others take at that stage; or
 * waiting for longer than its wait was to last.
 */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { quantileMs } from '../../pipeline/observe/dwell.ts';
import { type AllStats, BEFORE_FIRST } from '../../pipeline/observe/stage-stats.ts';

export interface StuckRule {
  /** So many times the time that 95 of 100 take. */
  readonly times: number;
  /** Never sooner than that: where a stage takes milliseconds, a busy minute is no alarm. */
  readonly leastMs: number;
}

export const DEFAULT_STUCK: StuckRule = { times: 10, leastMs: 15 * 60_000 };
const NEARLY_ALL = 0.95;

export function stuckRule(stats: AllStats, { times, leastMs }: StuckRule, now: Date): (one: Registration) => boolean {
  const limits = new Map(
    Object.entries(stats).map(([stage, { dwell }]) => [stage, times * (quantileMs(dwell, NEARLY_ALL) ?? 0)]),
  );
  return ({ state, stage = BEFORE_FIRST, stageSince, receivedAt, notBefore, parked }) => {
    if (state === 'PARKED') return parked !== undefined && now.getTime() - Date.parse(parked.until) > leastMs;
    if (state !== 'IN_FLOW' && state !== 'RECEIVED') return false;
    // It waits for its next try, and then counts from that.
    const due = [stageSince ?? receivedAt ?? '', notBefore ?? ''].sort().at(-1) ?? '';
    if (due === '') return false;
    return now.getTime() - Date.parse(due) > Math.max(leastMs, limits.get(stage) ?? 0);
  };
}
