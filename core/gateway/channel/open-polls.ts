/**
 * The polls that are open now, so that a core which stops can answer them instead of breaking them off, and so that a
 * station has no more of them than it can make use of.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { StationShares } from '../stations/station-shares.ts';

export interface OpenPoll extends Disposable {
  /** Aborted when the core stops, or the station has opened newer ones: to be answered with what there is. */
  readonly ending: AbortSignal;
}

export interface OpenPolls {
  /** Counts one as open until it is disposed of. One that does not wait takes no share of the station's. */
  enter(station: string, feed: 'normal' | 'longpoll'): OpenPoll;
  /** Has all of them answered. Resolves when they are, or when the time is up. */
  drain(withinMs: number): Promise<void>;
}

/** One that waits, and the one before it of which the core has not heard yet that it is dead. */
const MOST_OF_STATION = 2;

export function openPolls(): OpenPolls {
  const draining = new AbortController();
  const empty = Promise.withResolvers<void>();
  const shares = new StationShares(MOST_OF_STATION);
  let open = 0;
  return {
    enter: (station, feed) => {
      open += 1;
      const share = feed === 'longpoll' ? shares.enter(station) : undefined;
      return {
        ending: share ? AbortSignal.any([draining.signal, share.displaced]) : draining.signal,
        [Symbol.dispose]: () => {
          share?.[Symbol.dispose]();
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
