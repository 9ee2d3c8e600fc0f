/**
 * The life of a packet at the station, as one table.
 *
 * ```
 * SEALED      durable on this disk, read back and verified: the screen has said "saved"
 * ANNOUNCED   its manifest is on the way up the channel
 * EXPECTED    the core has the manifest and waits for the bytes
 * UPLOADING   an upload was begun; the core may have a part
 * SENT        the core answered that it has all bytes
 * RECEIVED    the core's signed receipt is here
 * TERMINAL    the core's signed OUTCOME receipt is here
 * SET_ASIDE   the core refused it, or it is damaged; the others go on, someone must look
 * ```
 * The core's answers may overtake our own notes, so a receipt leads on from wherever the packet stands. Nothing here
 * deletes a packet.
 */

export const QUEUE_STATES = [
  'SEALED',
  'ANNOUNCED',
  'EXPECTED',
  'UPLOADING',
  'SENT',
  'RECEIVED',
  'TERMINAL',
  'SET_ASIDE',
] as const;
export type QueueState = (typeof QUEUE_STATES)[number];

const MOVES: Readonly<Record<QueueState, readonly QueueState[]>> = {
  SEALED: ['ANNOUNCED', 'EXPECTED', 'RECEIVED', 'TERMINAL', 'SET_ASIDE'],
  ANNOUNCED: ['EXPECTED', 'RECEIVED', 'TERMINAL', 'SET_ASIDE'],
  EXPECTED: ['UPLOADING', 'SENT', 'RECEIVED', 'TERMINAL', 'SET_ASIDE'],
  UPLOADING: ['SENT', 'RECEIVED', 'TERMINAL', 'SET_ASIDE'],
  SENT: ['RECEIVED', 'TERMINAL'],
  RECEIVED: ['TERMINAL'],
  TERMINAL: [],
  // The core takes it after all: its cause was mended, or a receipt tells that it has it.
  SET_ASIDE: ['EXPECTED', 'RECEIVED', 'TERMINAL'],
};

export function mayMove(from: QueueState, to: QueueState): boolean {
  return MOVES[from].includes(to);
}

const WAITING = new Set<QueueState>(['SEALED', 'ANNOUNCED', 'EXPECTED', 'UPLOADING', 'SENT']);

/** True while the core has not confirmed the packet: what is still on its way. */
export function isWaiting(state: QueueState): boolean {
  return WAITING.has(state);
}
