/** How much more the station takes: room on the disk, packets and days waiting, and how long the core was silent. */
import { statfs } from 'node:fs/promises';
import { judgeLimits, type LimitVerdict, type StationLimits } from '@enroute/shared/policy/station-limits.ts';
import type { Queue } from '../queue/queue.ts';
import { QUEUE_STATES } from '../queue/states.ts';
import type { SyncNotes } from '../queue/sync-notes.ts';

export interface Limits extends LimitVerdict {
  readonly freeBytes: number;
  /** When the core last answered (ISO 8601); null when it never has. */
  readonly lastSyncAt: string | null;
}

export interface LimitsSource {
  /** On the disk in question. */
  readonly folder: string;
  readonly queue: Queue;
  readonly syncNotes: SyncNotes;
  readonly limits: StationLimits;
  /** Whether enrolments wait for a supervisor. */
  readonly approval: boolean;
  readonly now: Date;
}

/** Until the station has packets of its own to judge by. */
const FIRST_GUESS_BYTES = 512 * 1024;
const HOLDING_BYTES = QUEUE_STATES.filter((state) => state !== 'RELEASED');

export async function measureLimits(source: LimitsSource): Promise<Limits> {
  const { folder, queue, syncNotes, limits, approval, now } = source;
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const held = queue.total(HOLDING_BYTES);
  const packetBytes = held.packets > 0 ? held.bytes / held.packets : FIRST_GUESS_BYTES;
  // While it waits for the supervisor, an enrolment lies there twice.
  const typicalPacketBytes = approval ? 2 * packetBytes : packetBytes;
  const { lastSyncAt, openedAt } = await syncNotes.read();
  const verdict = judgeLimits(
    {
      freeBytes,
      typicalPacketBytes,
      waiting: await queue.waiting(),
      awaitingApproval: approval ? await queue.stock('AWAITING_APPROVAL') : null,
      lastSyncAt,
      since: openedAt,
      now: now.toISOString(),
    },
    limits,
  );
  return { ...verdict, freeBytes, lastSyncAt };
}
