/** When the station gave out its last RID: what is made after it must not be from an earlier time. */
import type { QueueCollection, QueueItem } from './queue-item.ts';

/**
 * @param sequence the last one that may have been given out
 * @returns undefined when nothing is left of what the station has made. A row that came into its state before it was saved
 *   was saved while the clock was ahead, as has turned out since: then the earlier time counts.
 */
export async function lastIssuedAt(
  queue: QueueCollection,
  station: string,
  sequence: number,
): Promise<Date | undefined> {
  // Every time of day sorts before it.
  const end = `${station}${String(sequence).padStart(5, '0')}~`;
  const row = (await newest(queue, { rid: { $lt: end } })) ?? (await newest(queue, {}));
  return row && new Date(Math.min(Date.parse(row.savedAt), Date.parse(row.changedAt)));
}

async function newest(queue: QueueCollection, selector: { rid?: { $lt: string } }): Promise<QueueItem | undefined> {
  const [row] = await queue.find({ selector, sort: [{ rid: 'desc' }], limit: 1 }).exec();
  return row?.toMutableJSON() as QueueItem | undefined;
}
