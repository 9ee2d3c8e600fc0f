/**
 * Lets a stage rest while nothing that it does comes to anything: a service outside is away, a disk is full. Without that
 * the whole backlog would run into the same wall at full speed and spend its retries there.
 *
 * ```
 * at work -> resting   several runs in a row, of several registrations, came to nothing but retries
 * resting -> probing   its pause is over: a few registrations are tried
 * probing -> at work   one of them got on
 * probing -> resting   none did: the pause is twice as long, up to a cap
 * ```
 * What was under way when the stage began to rest says no more than was known; only that something got on does. A
 * registration whose stage rests is not tried, so it spends nothing. A single one that fails again and again makes no
 * stage rest: for that there are budgets.
 */
import type { Outcome } from './outcome.ts';

export interface StageRest {
  /** How many may be tried now; 0 while it rests. */
  allowed(stage: string): number;
  /** What a run of it came to. */
  note(stage: string, rids: readonly string[], outcomes: readonly Outcome[]): void;
}

export interface StageRestOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
  /** 0 to 1: workers do not come back in step. */
  readonly random: () => number;
  /** Told when a stage begins to rest, and when it works again. */
  readonly onChange?: (stage: string, isResting: boolean) => void;
}

const FRUITLESS_RUNS = 3;
const FRUITLESS_REGISTRATIONS = 8;
const PROBE_SIZE = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

interface Health {
  runs: number;
  /** Those that came to nothing since the last one that got on; no more than it takes. */
  readonly failed: Set<string>;
  /** 0: it is at work. */
  pauseMs: number;
  untilMs: number;
}

export function stageRest({ nowMs, random, onChange }: StageRestOptions): StageRest {
  const ailing = new Map<string, Health>();

  const rest = (stage: string, health: Health): void => {
    if (health.pauseMs === 0) onChange?.(stage, true);
    health.pauseMs = Math.min(LONGEST_PAUSE_MS, health.pauseMs === 0 ? FIRST_PAUSE_MS : health.pauseMs * 2);
    // At least half of it: a pause of nearly nothing would be none.
    health.untilMs = nowMs() + health.pauseMs * (0.5 + random() / 2);
  };

  return {
    allowed: (stage) => {
      const health = ailing.get(stage);
      if (!health || health.pauseMs === 0) return Number.POSITIVE_INFINITY;
      return nowMs() < health.untilMs ? 0 : PROBE_SIZE;
    },
    note: (stage, rids, outcomes) => {
      if (outcomes.length === 0) return;
      const health = ailing.get(stage) ?? { runs: 0, failed: new Set(), pauseMs: 0, untilMs: 0 };
      if (outcomes.some(({ kind }) => kind !== 'retry')) {
        if (health.pauseMs > 0) onChange?.(stage, false);
        ailing.delete(stage);
        return;
      }
      if (nowMs() < health.untilMs) return;
      ailing.set(stage, health);
      health.runs += 1;
      for (const rid of rids) if (health.failed.size < FRUITLESS_REGISTRATIONS) health.failed.add(rid);
      const isProbe = health.pauseMs > 0;
      const isHopeless = health.runs >= FRUITLESS_RUNS && health.failed.size >= FRUITLESS_REGISTRATIONS;
      if (isProbe || isHopeless) rest(stage, health);
    },
  };
}
