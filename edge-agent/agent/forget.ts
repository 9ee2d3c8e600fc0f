/**
 * Forgets what was released long ago: its row, its manifest, receipts, result and tasks. The row goes last, so that a
 * crash in between is gone on with. The core keeps all of it.
 */
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { receiptId } from '@enroute/shared/schemas/receipt.ts';
import { resultId } from '@enroute/shared/schemas/result.ts';
import { MAX_TASKS, taskId } from '@enroute/shared/schemas/task.ts';
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

function documentsOf(rid: string): string[] {
  const tasks = Array.from({ length: MAX_TASKS }, (_, index) => taskId(rid, index + 1));
  return [manifestId(rid), receiptId(rid, 'RECEIVED'), receiptId(rid, 'OUTCOME'), resultId(rid), ...tasks];
}
