import { setTimeout as sleep } from 'node:timers/promises';

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

/** Waits so long, or until the signal; never throws. */
export async function fullJitter(failures: number, backOff: BackOff, signal: AbortSignal): Promise<void> {
  await sleep(backOffMs(failures, backOff, Math.random()), undefined, { signal }).catch(() => undefined);
}
