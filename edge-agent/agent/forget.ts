/**
 * Forgets what was released long ago: its row, its manifest, receipts, result and tasks. The row goes last, so that a
 * crash in between is gone on with. The core keeps all of it, so it comes again when the channel is read from its
 * beginning; what has no row here any more is then forgotten once more.
 */
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { receiptId } from '@enroute/shared/schemas/receipt.ts';
import { resultId } from '@enroute/shared/schemas/result.ts';
import { MAX_TASKS, taskId } from '@enroute/shared/schemas/task.ts';
import type { ChannelCollection } from '@enroute/sync/channel/collections.ts';
import type { ChannelReplication } from '@enroute/sync/channel/replicate-channel.ts';
import type { Queue } from '../queue/queue.ts';

/** So long the desk can still look up what has become of a registration. */
const HISTORY_DAYS = 90;
const DAY_MS = 24 * 60 * 60 * 1000;
const PAGE = 20;

export async function forgetReleased(
  queue: Queue,
  channel: Pick<ChannelReplication, 'forget'>,
  now: Date,
): Promise<number> {
  const before = new Date(now.getTime() - HISTORY_DAYS * DAY_MS);
  let forgotten = 0;
  for (;;) {
    const page = await queue.inStateBefore('RELEASED', before, PAGE);
    if (page.length > 0) await channel.forget(page.flatMap(({ rid }) => documentsOf(rid)));
    for (const { rid } of page) await queue.erase(rid);
    forgotten += page.length;
    if (page.length < PAGE) return forgotten;
  }
}

/** So much is looked through in one round; the next goes on from there. */
const ORPHAN_PAGES = 20;
const ORPHAN_PAGE = 200;
/** What the core sends of registrations: their ids lie between these. */
const OF_REGISTRATIONS = { from: 'receipt:', to: 'task;' } as const;

/** Forgets documents of registrations that this station does not know any more, a bounded number of them at a time. */
export function orphanSearch(
  queue: Queue,
  incoming: ChannelCollection,
  channel: Pick<ChannelReplication, 'forget'>,
): () => Promise<number> {
  let after: string = OF_REGISTRATIONS.from;
  return async () => {
    let forgotten = 0;
    for (let pages = 0; pages < ORPHAN_PAGES; pages += 1) {
      const selector = { id: { $gt: after, $lt: OF_REGISTRATIONS.to } };
      const page = await incoming.find({ selector, sort: [{ id: 'asc' }], limit: ORPHAN_PAGE }).exec();
      const ids = page.map(({ id }) => id);
      const known = await queue.states(ids.map(ridIn));
      const orphans = ids.filter((id) => !known.has(ridIn(id)));
      if (orphans.length > 0) await channel.forget(orphans);
      forgotten += orphans.length;
      after = page.length < ORPHAN_PAGE ? OF_REGISTRATIONS.from : (ids.at(-1) ?? OF_REGISTRATIONS.from);
      if (page.length < ORPHAN_PAGE) break;
    }
    return forgotten;
  };
}

/** "receipt:<rid>:OUTCOME", "result:<rid>", "task:<rid>:01" */
function ridIn(id: string): string {
  return id.split(':')[1] ?? '';
}

function documentsOf(rid: string): string[] {
  const tasks = Array.from({ length: MAX_TASKS }, (_, index) => taskId(rid, index + 1));
  return [manifestId(rid), receiptId(rid, 'RECEIVED'), receiptId(rid, 'OUTCOME'), resultId(rid), ...tasks];
}
