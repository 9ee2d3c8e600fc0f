/** What the window calls the state of a registration, in the operator's words rather than the queue's. */
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { QueueRow, TaskRow } from '../shared-api.ts';
import type { TextKey } from './texts/texts.ts';

type Tone = 'quiet' | 'busy' | 'good' | 'warn' | 'bad';

export interface QueueLabel {
  readonly text: TextKey;
  readonly tone: Tone;
  /** What there is to say about it. */
  readonly code: StatusCode | null;
}

const TONES = {
  SEALED: 'quiet',
  ANNOUNCED: 'quiet',
  UPLOADING: 'busy',
  SENT: 'busy',
  RECEIVED: 'busy',
  SET_ASIDE: 'warn',
} as const satisfies Partial<Record<QueueRow['state'], Tone>>;

/** @param task the open task of this registration: the core waits for the desk then, not the other way round. */
export function labelOf({ state, outcome, problem }: QueueRow, task: TaskRow | undefined): QueueLabel {
  if (outcome) {
    return { text: outcome.state, tone: outcome.state === 'COMPLETED' ? 'good' : 'bad', code: outcome.code };
  }
  if (task) return { text: 'CORRECT', tone: 'warn', code: task.code };
  // The core never says TERMINAL without an outcome; a store that lost it shows where the packet was.
  if (state === 'TERMINAL') return { text: 'RECEIVED', tone: 'busy', code: null };
  // Whether the core knows of it already makes no difference to the operator: it waits for its turn.
  const text = state === 'EXPECTED' ? 'ANNOUNCED' : state;
  return { text, tone: TONES[text], code: problem };
}

/** Whether there is a number to show: a correction's number belongs to the registration that it corrects. */
export function hasNumber({ outcome, process }: QueueRow): boolean {
  return outcome?.state === 'COMPLETED' && process !== 'CORRECTION';
}
