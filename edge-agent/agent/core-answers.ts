/**
 * What becomes of a packet by the core's answer to its manifest. Usually its bytes are wanted, and the uploads begin.
 * But the core may have them already, because a courier brought them or an answer was lost; and a core that was
 * restored from a backup may lack what it had confirmed, or have it and not know any more how it ended.
 */
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { Queue } from '../queue/queue.ts';
import type { QueueState } from '../queue/states.ts';
import { isOpen } from '../queue/states.ts';
import type { Inbox } from './inbox.ts';

export interface Accepted {
  readonly rid: string;
  /** The core lacks the bytes. */
  readonly wanted: boolean;
  /** The registration has ended. */
  readonly ended: boolean;
}

/** @returns whether there is something to upload now. */
export async function noteAccepted(
  { rid, wanted, ended }: Accepted,
  queue: Queue,
  inbox: Pick<Inbox, 'lookAgain'>,
): Promise<boolean> {
  // Back only for who was asked whether it still has a packet: another's word to that is old, or a mistake.
  if (wanted) return (await queue.takeBack(rid, 'EXPECTED')) || (await queue.move(rid, 'EXPECTED'));
  const item = await queue.get(rid);
  if (!item) return false;
  if (ended) await queue.countOnly(rid, null, [item.state]);
  else await queue.takeBack(rid, 'SENT');
  if (item.state === 'SEALED' || item.state === 'APPROVED') await queue.move(rid, 'ANNOUNCED');
  await queue.move(rid, 'SENT');
  // Receipts that did not count, or that came before there was anything to count for.
  if (isOpen(item.state)) await inbox.lookAgain(rid);
  return false;
}

/** An approval is missing, or whoever gave it is not admitted. */
const ABOUT_THE_APPROVAL: ReadonlySet<StatusCode> = new Set<StatusCode>(['ENR-MAN-006', 'ENR-CMD-004']);

/**
 * What the core refused is set aside; what lacks an approval that it asks for goes to the supervisor.
 * @returns where it is now; undefined when the answer is older than what has happened to it since.
 */
export async function noteRefused(rid: string, problem: StatusCode, queue: Queue): Promise<QueueState | undefined> {
  const state = ABOUT_THE_APPROVAL.has(problem) ? 'AWAITING_APPROVAL' : 'SET_ASIDE';
  if (await queue.move(rid, state, { problem })) return state;
  return (await queue.takeBack(rid, 'SET_ASIDE', { problem })) ? 'SET_ASIDE' : undefined;
}
