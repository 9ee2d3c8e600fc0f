/**
 * When the station was first opened, and when the core last answered: durable, because limits count from them, and
 * because the time is not before that, whatever the clock says after the next start.
 */
import type { CounterCollection } from './station-database.ts';

export interface SyncNotes {
  read(): Promise<{ readonly lastSyncAt: string | null; readonly openedAt: string }>;
  /** The core has answered just now. Written at most once a minute: each costs the disk a write. */
  noteSync(): Promise<void>;
}

const OPENED = 'first-opened';
const SYNCED = 'last-sync';
const NOTE_EVERY_MS = 60_000;

export async function openSyncNotes(counters: CounterCollection, now: () => Date): Promise<SyncNotes> {
  await counters.insertIfNotExists({ name: OPENED, value: now().getTime() });
  let noted: number | undefined;

  async function timeOf(name: string): Promise<string | null> {
    const note = await counters.findOne(name).exec();
    return note ? new Date(note.value).toISOString() : null;
  }

  return {
    read: async () => ({
      lastSyncAt: await timeOf(SYNCED),
      openedAt: (await timeOf(OPENED)) ?? now().toISOString(),
    }),
    noteSync: async () => {
      const at = now().getTime();
      if (noted !== undefined && Math.abs(at - noted) < NOTE_EVERY_MS) return;
      noted = at;
      await counters.incrementalUpsert({ name: SYNCED, value: at });
    },
  };
}
