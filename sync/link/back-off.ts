import { elapse } from './elapse.ts';

export interface BackOff {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * How long to wait after the nth failure (from 0): anywhere between nothing and a bound that doubles up to a cap.
 * Full jitter, so that stations that lost the same link do not come back in step.
 * @param random 0 to 1
 */
export function backOffMs(failures: number, { baseMs, capMs }: BackOff, random: number): number {
  return Math.round(random * Math.min(capMs, baseMs * 2 ** Math.min(failures, 30)));
}

/**
 * The wait between two looks for a link that is down. Besides doubling, its bound is never more than half of the time that
 * the link has been down: looks that fail at once would otherwise take a gap of three seconds for the beginning of a long
 * one, and sleep on when the link is back. A look that hangs for half a minute is one failure, not half a minute of them.
 */
export function outageWaitMs(failures: number, downForMs: number, backOff: BackOff, random: number): number {
  const capMs = Math.min(backOff.capMs, Math.max(backOff.baseMs, downForMs / 2));
  return backOffMs(failures, { ...backOff, capMs }, random);
}

/** Waits after the nth failure, or until the signal; never throws. */
export function fullJitter(failures: number, backOff: BackOff, signal: AbortSignal): Promise<void> {
  return elapse(backOffMs(failures, backOff, Math.random()), signal);
}
