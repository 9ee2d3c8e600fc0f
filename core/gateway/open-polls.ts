/** The long polls that are open now, so that a core which stops can answer them instead of breaking them off. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface OpenPolls {
  /** Aborted when the core stops: polls are to be answered with what there is. */
  readonly draining: AbortSignal;
  /** Counts one as open until it is disposed of. */
  enter(): Disposable;
  /** Has all of them answered. Resolves when they are, or when the time is up. */
  drain(withinMs: number): Promise<void>;
}

export function openPolls(): OpenPolls {
  const draining = new AbortController();
  const empty = Promise.withResolvers<void>();
  let open = 0;
  return {
    draining: draining.signal,
    enter: () => {
      open += 1;
      return {
        [Symbol.dispose]: () => {
          open -= 1;
          if (open === 0 && draining.signal.aborted) empty.resolve();
        },
      };
    },
    drain: async (withinMs) => {
      draining.abort();
      if (open === 0) return;
      const enough = new AbortController();
      await Promise.race([empty.promise, sleep(withinMs, undefined, { signal: enough.signal }).catch(() => undefined)]);
      enough.abort();
    },
  };
}
