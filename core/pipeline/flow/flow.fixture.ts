/** Flows and stages for the tests of flows: stages that only say what they can say, and a small flow that is in order. */

import type { PureStage, Stage } from '../stage.ts';
import type { Flow, FlowStep, Routes } from './flow.ts';

const SUCCESS = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
export const TOO_LATE = { state: 'REJECTED', code: 'ENR-QUA-002' } as const;

export function stageOf(name: string, change: Partial<Omit<PureStage, 'kind'>> = {}): Stage {
  return { name, kind: 'pure', outcomes: ['next'], decide: () => ({ kind: 'next' }), ...change };
}

export function stepOf(stage: string, on: Routes, change: Partial<FlowStep> = {}): FlowStep {
  const retry = { budget: 3, baseMs: 1000, capMs: 4000 };
  return { stage, on, retry, deadlineMs: 5_000, batch: 50, concurrency: 1, ...change };
}

/** judge -> (wait ->) tell: one stage that decides, one that waits for a correction, and the answer. */
export const SMALL_STAGES = [
  stageOf('judge', { outcomes: ['next', 'correct', 'reject', 'branch'], branches: ['aside'] }),
  stageOf('wait', { outcomes: ['park'], parks: ['correction'] }),
  stageOf('tell'),
];

export const JUDGE = stepOf('judge', {
  next: [{ when: { fact: 'ageGroup', is: 'ADULT' }, to: 'tell' }, { to: 'wait' }],
  'branch:aside': [{ to: 'tell', verdict: { state: 'REJECTED', code: 'ENR-DDP-001' } }],
  correct: 'wait',
  reject: 'tell',
  fail: 'tell',
});
export const WAIT = stepOf('wait', { fail: 'tell' });
export const TELL = stepOf('tell', { next: '$end', fail: '$dead-letter' });

export const SMALL_FLOW: Flow = {
  name: 'NEW',
  version: 4,
  steps: [JUDGE, WAIT, TELL],
  wakers: { correction: { resumeAt: 'judge', expires: { verdict: TOO_LATE } } },
  success: SUCCESS,
  answer: 'tell',
};
