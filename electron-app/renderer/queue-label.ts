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

interface Words {
  readonly text: TextKey;
  readonly tone: Tone;
}

/** Of what the core has not ended. */
const WORDS = {
  DRAFT: { text: 'DRAFT', tone: 'quiet' },
  SEALED: { text: 'SEALED', tone: 'quiet' },
  AWAITING_APPROVAL: { text: 'AWAITING_APPROVAL', tone: 'warn' },
  APPROVED: { text: 'APPROVED', tone: 'quiet' },
  REJECTED: { text: 'rejectedHere', tone: 'bad' },
  ANNOUNCED: { text: 'ANNOUNCED', tone: 'quiet' },
  // Whether the core knows of it already makes no difference to the operator: it waits for its turn.
  EXPECTED: { text: 'ANNOUNCED', tone: 'quiet' },
  UPLOADING: { text: 'UPLOADING', tone: 'busy' },
  SENT: { text: 'SENT', tone: 'busy' },
  RECEIVED: { text: 'RECEIVED', tone: 'busy' },
  // The core never says TERMINAL without an outcome; a store that lost it shows where the packet was.
  TERMINAL: { text: 'RECEIVED', tone: 'busy' },
  RELEASED: { text: 'RELEASED', tone: 'good' },
  SET_ASIDE: { text: 'SET_ASIDE', tone: 'warn' },
} as const satisfies Readonly<Record<QueueRow['state'], Words>>;

/** @param task the open task of this registration: the core waits for the desk then, not the other way round. */
export function labelOf({ state, outcome, problem }: QueueRow, task: TaskRow | undefined): QueueLabel {
  if (outcome && outcome.state !== 'COMPLETED') return { text: outcome.state, tone: 'bad', code: outcome.code };
  if (outcome) return { text: state === 'RELEASED' ? 'RELEASED' : 'COMPLETED', tone: 'good', code: outcome.code };
  if (task) return { text: 'CORRECT', tone: 'warn', code: task.code };
  return { ...WORDS[state], code: problem };
}

/** Whether there is a number to show: a correction's number belongs to the registration that it corrects. */
export function hasNumber({ outcome, process }: QueueRow): boolean {
  return outcome?.state === 'COMPLETED' && process !== 'CORRECTION';
}
