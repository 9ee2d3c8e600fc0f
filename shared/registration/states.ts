/**
 * The life of a registration in the core, as one table.
 *
 * ```
 * ANNOUNCED    the manifest is in, the bytes are not                        set by the gateway
 * RECEIVED     the bytes are durable and verified                           set by the gateway
 * IN_FLOW      a stage of the flow is to be run, now or after `notBefore`   from here on: the lane's worker
 * PARKED       waits until something happens, or until its time is over: `parked` says for what and how long
 * DEAD_LETTER  nothing more is tried by itself; someone must look
 * COMPLETED, REJECTED, FAILED   the end, told to the station with a receipt
 * ```
 * What each move means:
 * ```
 * ANNOUNCED   -> RECEIVED      the last byte is verified and durable
 * RECEIVED    -> IN_FLOW       it enters the newest flow of its process, and is stamped with it
 * RECEIVED    -> DEAD_LETTER   there is nothing that it could enter
 * IN_FLOW     -> IN_FLOW       the next stage; or the same one once more, after a failed try
 * IN_FLOW     -> PARKED        a stage, a pause rule or a person has it wait; no retry is spent on that
 * IN_FLOW     -> DEAD_LETTER   the stage's retry budget is spent, or the flow does not know how to go on
 * IN_FLOW     -> an end        the answer has been sent
 * PARKED      -> IN_FLOW       what it waited for has happened, its time is over, or a person has it go on
 * PARKED      -> DEAD_LETTER   the wait is over and the flow does not know how to go on
 * DEAD_LETTER -> IN_FLOW       a person has it go on
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
  PARKED: ['IN_FLOW', 'DEAD_LETTER'],
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
