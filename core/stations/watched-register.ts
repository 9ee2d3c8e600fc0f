/**
 * The register as a gateway asks it: once for every request and once for every heartbeat of ten thousand polls. What was
 * read of a station is kept until the feed of the register tells that it has changed, whoever changed it and where.
 *
 * It counts only while the feed is followed: when that has not been heard of for a while, because the store fails or the
 * link to it hangs, every question goes to the register itself, as if nothing were kept. And it counts for a while only:
 * in a cluster a read may come from a copy that is behind the feed, after the change was told.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../store/store.ts';
import type { RegisteredStation, StationRegister } from './station-register.ts';

export interface WatchedRegister extends StationRegister {
  stop(): Promise<void>;
}

export interface WatchOptions {
  readonly register: StationRegister;
  /** The register's own database, whose feed is followed. */
  readonly stations: Pick<Database, 'info' | 'changes'>;
  readonly log: Logger;
  /** How long what was read of a station counts at most. */
  readonly keptMs?: number;
  readonly random?: () => number;
}

/** How long a look at the feed waits for news. They come at once where the store tells them, and this late otherwise. */
const WAIT_MS = 20_000;
/** Without a look that has ended well for so long, nothing that is kept counts. */
const TRUSTED_MS = 30_000;
const AFTER_TROUBLE_MS = 1_000;
const KEPT_MS = 30_000;
/** What was read at one moment is not read again at one moment. */
const KEPT_AT_LEAST = 0.5;
const PAGE = 1_000;
/** A station's card is about 2 KB. The one that was read first makes room. */
const MOST_KEPT = 20_000;

interface Kept {
  /** So that those who ask at the same time share one read, and a change that comes meanwhile drops it. */
  readonly reading: Promise<RegisteredStation>;
  readonly until: number;
}

export async function watchRegister(options: WatchOptions): Promise<WatchedRegister> {
  const { register, stations, log, keptMs = KEPT_MS, random = Math.random } = options;
  const stopping = new AbortController();
  const kept = new Map<string, Kept>();
  let since: string | undefined = (await stations.info()).updateSeq;
  let trustedUntil = performance.now() + TRUSTED_MS;

  const look = async (): Promise<void> => {
    const { signal } = stopping;
    const { changes, lastSeq } = await stations.changes({ since, limit: PAGE, waitMs: WAIT_MS, signal });
    for (const { id } of changes) kept.delete(id);
    since = lastSeq;
    trustedUntil = performance.now() + TRUSTED_MS;
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await look();
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.error({ err: error }, 'register of stations: will look again');
        trustedUntil = 0;
        kept.clear();
        await sleep(AFTER_TROUBLE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const running = run();

  function get(station: string): Promise<RegisteredStation> {
    const now = performance.now();
    if (now >= trustedUntil) return register.get(station);
    const known = kept.get(station);
    if (known && now < known.until) return known.reading;
    const reading = register.get(station);
    const until = now + keptMs * (KEPT_AT_LEAST + (1 - KEPT_AT_LEAST) * random());
    kept.delete(station);
    kept.set(station, { reading, until });
    for (const [oldest] of kept) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
    // Who is not known is asked for again: anybody can name stations that there are none of.
    reading.catch(() => {
      if (kept.get(station)?.reading === reading) kept.delete(station);
    });
    return reading;
  }

  return {
    ...register,
    get,
    card: async (station) => (await get(station)).card,
    register: async (card, by) => {
      await register.register(card, by);
      kept.delete(card.station);
    },
    change: async (station, act) => {
      const after = await register.change(station, act);
      kept.delete(station);
      return after;
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
