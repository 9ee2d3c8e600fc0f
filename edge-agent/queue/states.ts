/**
 * The life of a registration at the station, as one table.
 *
 * ```
 * DRAFT              begun and kept for later, encrypted for this station; not an enrolment yet
 * SEALED             durable on this disk, read back and verified: the screen has said "saved"
 * AWAITING_APPROVAL  the same, where a supervisor has to approve it before it may go
 * APPROVED           the supervisor has signed it
 * REJECTED           the supervisor has refused it: it is never announced, and its bytes never leave this disk
 * ANNOUNCED          its manifest is on the way up the channel
 * EXPECTED           the core has the manifest and waits for the bytes
 * UPLOADING          an upload was begun; the core may have a part
 * SENT               the core answered that it has all bytes
 * RECEIVED           the core's signed receipt is here
 * TERMINAL           the core's signed OUTCOME receipt is here
 * RELEASED           the bytes are gone from this disk, on the strength of that receipt and after the time to keep them
 * SET_ASIDE          the core refused it, or it is damaged; the others go on, someone must look
 * ```
 * The core's answers may overtake our own notes, so a receipt leads on from wherever the packet stands. When the core
 * says, to a manifest, that it has the bytes already, the packet is SENT, whoever brought them. Bytes are deleted in
 * RELEASED and nowhere else. Rows are erased in DRAFT (thrown away by the operator) and RELEASED only.
 *
 * A core that was restored from a backup may lack what it had confirmed. What has gone on to RECEIVED or TERMINAL is
 * then EXPECTED once more when that core says that it lacks the bytes, and SET_ASIDE when it does not take the packet
 * any more; and what was TERMINAL is SENT when it has the bytes but has not come to the end again. What was RELEASED is
 * gone: nothing leads back from there.
 */

export const QUEUE_STATES = [
  'DRAFT',
  'SEALED',
  'AWAITING_APPROVAL',
  'APPROVED',
  'REJECTED',
  'ANNOUNCED',
  'EXPECTED',
  'UPLOADING',
  'SENT',
  'RECEIVED',
  'TERMINAL',
  'RELEASED',
  'SET_ASIDE',
] as const;
export type QueueState = (typeof QUEUE_STATES)[number];

const MOVES: Readonly<Record<QueueState, readonly QueueState[]>> = {
  // To itself: kept again with what was added to it.
  DRAFT: ['DRAFT', 'SEALED', 'AWAITING_APPROVAL'],
  // To the supervisor: the core asks for an approval that the station did not know to be needed, or does not take the
  // one
  // that was given; its answer may come before we have noted that it was asked.
  SEALED: ['ANNOUNCED', 'EXPECTED', 'RECEIVED', 'TERMINAL', 'SET_ASIDE', 'AWAITING_APPROVAL'],
  AWAITING_APPROVAL: ['APPROVED', 'REJECTED', 'SET_ASIDE'],
  APPROVED: ['ANNOUNCED', 'EXPECTED', 'RECEIVED', 'TERMINAL', 'SET_ASIDE', 'AWAITING_APPROVAL'],
  REJECTED: [],
  ANNOUNCED: ['EXPECTED', 'SENT', 'RECEIVED', 'TERMINAL', 'SET_ASIDE', 'AWAITING_APPROVAL'],
  EXPECTED: ['UPLOADING', 'SENT', 'RECEIVED', 'TERMINAL', 'SET_ASIDE'],
  UPLOADING: ['SENT', 'RECEIVED', 'TERMINAL', 'SET_ASIDE'],
  // Once more: the receipt has not come for long, so the core is asked whether it has the bytes after all.
  SENT: ['RECEIVED', 'TERMINAL', 'EXPECTED'],
  RECEIVED: ['TERMINAL'],
  TERMINAL: ['RELEASED'],
  RELEASED: [],
  // The core takes it after all: its cause was mended, or a receipt tells that it has it. Or its file is whole again,
  // and
  // it begins anew. To itself: there is another reason now.
  SET_ASIDE: ['SET_ASIDE', 'SEALED', 'APPROVED', 'EXPECTED', 'SENT', 'RECEIVED', 'TERMINAL', 'AWAITING_APPROVAL'],
};

/** The ways back, for the word of a restored core alone: whoever moves a packet on must never take one by mistake. */
const RETURNS: Partial<Readonly<Record<QueueState, readonly QueueState[]>>> = {
  SENT: ['SET_ASIDE'],
  RECEIVED: ['EXPECTED', 'SET_ASIDE'],
  TERMINAL: ['EXPECTED', 'SENT', 'SET_ASIDE'],
};

export function mayReturn(from: QueueState, to: QueueState): boolean {
  return RETURNS[from]?.includes(to) ?? false;
}

export function mayMove(from: QueueState, to: QueueState): boolean {
  return MOVES[from].includes(to);
}

const WAITING = new Set<QueueState>([
  'SEALED',
  'AWAITING_APPROVAL',
  'APPROVED',
  'ANNOUNCED',
  'EXPECTED',
  'UPLOADING',
  'SENT',
]);

/** True while the core has not confirmed the packet: what is still on its way. */
export function isWaiting(state: QueueState): boolean {
  return WAITING.has(state);
}

/** On their way up: the core may lack bytes of these. */
export const UNSENT_STATES = ['SEALED', 'APPROVED', 'ANNOUNCED', 'EXPECTED', 'UPLOADING'] as const;

/** True when an answer of the core may still come for it. */
export function isOpen(state: QueueState): boolean {
  return WAITING.has(state) || state === 'RECEIVED' || state === 'SET_ASIDE';
}

/** True when nothing would be lost with its row. */
export function mayErase(state: QueueState): boolean {
  return state === 'DRAFT' || state === 'RELEASED';
}
