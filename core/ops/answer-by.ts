/** Waiting that has an end: a request to the store may take longer than what its answer is needed for. */
import { setTimeout as sleep } from 'node:timers/promises';

/** A clock that only goes on, and that nobody sets. It has no relation to any other process's. */
export interface MonotonicClock {
  nowMs(): number;
  /** Resolves when the time is over, or at once when the signal ends it. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const MONOTONIC: MonotonicClock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
};

class Late extends Error {
  constructor() {
    super('The store has not answered in time.');
  }
}

/** @param untilMs by this process's clock @throws Late; what was asked may still be carried out later */
export async function answerBy<T>(untilMs: number, asked: Promise<T>, clock = MONOTONIC): Promise<T> {
  const answered = new AbortController();
  const late = clock.sleep(Math.max(0, untilMs - clock.nowMs()), answered.signal).then(() => {
    throw new Late();
  });
  // Whichever is second must not be an unhandled rejection.
  late.catch(() => undefined);
  asked.catch(() => undefined);
  try {
    return await Promise.race([asked, late]);
  } finally {
    answered.abort();
  }
}
