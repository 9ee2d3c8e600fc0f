/**
 * Counts the bytes of packets that went today, by the station's clock, and outlives a restart: written at most once a
 * minute, because each write costs the disk, and when the station stops. A crash forgets the last minute.
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

export async function openSentToday(counters: CounterCollection, now: () => Date, log: Logger): Promise<SentBytes> {
  let day = localDay(now());
  let bytes = (await counters.findOne(nameOf(day)).exec())?.value ?? 0;
  let writing: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  function turnDay(): void {
    const today = localDay(now());
    if (today === day) return;
    day = today;
    bytes = 0;
  }

  async function write(): Promise<void> {
    await counters.incrementalUpsert({ name: nameOf(day), value: bytes });
    // Of the days before nothing need be kept.
    const all = await counters.find({ selector: { name: { $gte: PREFIX, $lt: `${PREFIX}~` } } }).exec();
    for (const counter of all) if (counter.name !== nameOf(day)) await counter.remove();
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    writing = writing
      .then(write)
      .catch((error: unknown) => log.error({ err: error }, 'the day’s bytes could not be written down'));
  }

  return {
    bytes: () => {
      turnDay();
      return bytes;
    },
    add: (more) => {
      turnDay();
      bytes += more;
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
