/**
 * Which packet goes up next. Urgent packets, which corrections are, before the rest; within a class one that was begun
 * before the others, small before large, and the oldest of equals. So that none is passed by for ever, every fourth
 * turn goes to the one that has waited longest of all: whatever comes after it, a packet with n older ones before it
 * goes within 4 × (n + 1) turns.
 */
import type { QueueItem } from './queue-item.ts';

const OLDEST_EVERY = 4;

export interface UploadTurn {
  readonly item: QueueItem;
  /** It goes because it has waited longest: nothing takes its place then. */
  readonly isForOldest: boolean;
}

/**
 * @param waiting those that may go, the one that has waited longest among them
 * @param turn counts up from 0, by one for each packet that had its turn
 */
export function nextUpload(waiting: readonly QueueItem[], turn: number): UploadTurn | undefined {
  const isForOldest = turn % OLDEST_EVERY === OLDEST_EVERY - 1;
  const [item] = waiting.toSorted(isForOldest ? byAge : inOrder);
  return item && { item, isForOldest };
}

/** What a person waits for, or what the core has asked for: a correction is sealed as urgent. */
export function isFirstClass({ manifest }: Pick<QueueItem, 'manifest'>): boolean {
  return manifest.priority === 'urgent';
}

function inOrder(one: QueueItem, other: QueueItem): number {
  return (
    Number(isFirstClass(other)) - Number(isFirstClass(one)) ||
    Number(other.state === 'UPLOADING') - Number(one.state === 'UPLOADING') ||
    one.manifest.packet.bytes - other.manifest.packet.bytes ||
    byAge(one, other)
  );
}

export function byAge(one: QueueItem, other: QueueItem): number {
  if (one.savedAt === other.savedAt) return one.rid < other.rid ? -1 : 1;
  return one.savedAt < other.savedAt ? -1 : 1;
}
