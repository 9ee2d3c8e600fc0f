/**
 * The life of a registration in the core, as one table.
 *
 * ```
 * ANNOUNCED    the manifest is in, the bytes are not                        set by the gateway
 * RECEIVED     the bytes are durable and verified                           set by the gateway
 * IN_FLOW      a stage of the flow is to be run, now or after `notBefore`   from here on: the lane's worker
 * PARKED       waits for an event: a correction, a person, an ABIS
 * DEAD_LETTER  a stage's retry budget is spent, or its flow does not know how to go on; someone must look
 * COMPLETED, REJECTED, FAILED   the end, told to the station with a receipt
 * ```
 * Nothing leaves a terminal state. Nothing goes back to ANNOUNCED: bytes that were confirmed are never asked for again.
 */

export const TERMINAL_STATES = ['COMPLETED', 'REJECTED', 'FAILED'] as const;
export const REGISTRATION_STATES = [
  'ANNOUNCED',
  'RECEIVED',
  'IN_FLOW',
  'PARKED',
  'DEAD_LETTER',
  ...TERMINAL_STATES,
] as const;

export type TerminalState = (typeof TERMINAL_STATES)[number];
export type RegistrationState = (typeof REGISTRATION_STATES)[number];

const MOVES: Readonly<Record<RegistrationState, readonly RegistrationState[]>> = {
  ANNOUNCED: ['RECEIVED'],
  RECEIVED: ['IN_FLOW', 'DEAD_LETTER'],
  IN_FLOW: ['IN_FLOW', 'PARKED', 'DEAD_LETTER', ...TERMINAL_STATES],
  PARKED: ['IN_FLOW'],
  DEAD_LETTER: ['IN_FLOW'],
  COMPLETED: [],
  REJECTED: [],
  FAILED: [],
};

export function isTerminal(state: RegistrationState): state is TerminalState {
  return MOVES[state].length === 0;
}

export function mayMove(from: RegistrationState, to: RegistrationState): boolean {
  return MOVES[from].includes(to);
}

/** Which of the four heaps of the conservation law a registration lies on. */
export type ConservationHeap = 'queued' | 'parked' | 'deadLettered' | 'terminal';

export function heapOf(state: RegistrationState): ConservationHeap {
  if (isTerminal(state)) return 'terminal';
  if (state === 'PARKED') return 'parked';
  return state === 'DEAD_LETTER' ? 'deadLettered' : 'queued';
}
