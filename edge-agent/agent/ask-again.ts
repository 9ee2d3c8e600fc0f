/**
 * A packet that was sent is confirmed by the core's signed receipt. When none comes for long, the core may have lost
 * what it had, or the receipt: it is asked again, as for a packet that it expects. It says that it has the packet, or
 * takes it.
 */
import type { Queue } from '../queue/queue.ts';

const RECEIPT_WITHIN_MS = 60 * 60_000;
/** The rest is asked for with the next round. */
const MAX_ASKED = 100;

/** @returns how many are asked for again. */
export async function askAgain(queue: Queue, now: Date): Promise<number> {
  const late = await queue.inStateBefore('SENT', new Date(now.getTime() - RECEIPT_WITHIN_MS), MAX_ASKED);
  for (const { rid } of late) await queue.move(rid, 'EXPECTED', {}, 'SENT');
  return late.length;
}
