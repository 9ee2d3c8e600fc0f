/**
 * Counts the bytes of packets that went today, by the station's clock, and outlives a restart: written at most once a
 * minute, because each write costs the disk, and when the station stops. A crash forgets the last minute.
 *
 * The clock may be wrong until the core was heard: a day that is left for another is kept, and gone on with when the
 * clock comes back to it. A clock that jumps must not begin a budget anew.
 */
import type { SentToday } from '@enroute/sync/link/data-plan.ts';
import { localDay } from '@enroute/sync/link/upload-windows.ts';
import type { Logger } from 'pino';
import type { CounterCollection } from '../queue/station-database.ts';

export interface SentBytes extends SentToday {
  /** Writes down what is not yet written. */
  stop(): Promise<void>;
}

const WRITE_EVERY_MS = 60_000;
const PREFIX = 'sent-';
const ALL_DAYS = { name: { $gte: PREFIX, $lt: `${PREFIX}~` } };
/** Of more days the first are forgotten. */
const MAX_DAYS = 40;

export async function openSentToday(counters: CounterCollection, now: () => Date, log: Logger): Promise<SentBytes> {
  const found = await counters.find({ selector: ALL_DAYS }).exec();
  /** Bytes by the counter's name. */
  const days = new Map(found.map(({ name, value }) => [name, value]));
  const unwritten = new Set<string>();
  let writing: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const today = (): string => nameOf(localDay(now()));

  async function write(): Promise<void> {
    for (const name of [...unwritten]) {
      const value = days.get(name) ?? 0;
      await counters.incrementalUpsert({ name, value });
      // More of it may have gone meanwhile.
      if (days.get(name) === value) unwritten.delete(name);
    }
    const old = [...days.keys()].sort().slice(0, -MAX_DAYS);
    for (const name of old.filter((one) => one !== today())) {
      await (await counters.findOne(name).exec())?.remove();
      days.delete(name);
    }
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    writing = writing
      .then(write)
      .catch((error: unknown) => log.error({ err: error }, 'the day’s bytes could not be written down'));
  }

  return {
    bytes: () => days.get(today()) ?? 0,
    add: (more) => {
      const name = today();
      days.set(name, (days.get(name) ?? 0) + more);
      unwritten.add(name);
      timer ??= setTimeout(flush, WRITE_EVERY_MS);
    },
    stop: async () => {
      if (timer) flush();
      await writing;
    },
  };
}

/** "sent-2026-03-01" */
function nameOf(day: string): string {
  return `${PREFIX}${day}`;
}
