/** NEW: a person who has no number yet. */
import { DEAD_LETTER, END, type Flow, type FlowStep } from '../flow.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Most stages: twelve tries, whose waits come to twelve minutes on average and twenty-four at most; then a person must look. */
export const USUAL = {
  retry: { budget: 12, baseMs: 2 * SECOND, capMs: 5 * MINUTE },
  deadlineMs: MINUTE,
} satisfies Partial<FlowStep>;

export const NEW_FLOW: Flow = {
  name: 'NEW',
  version: 1,
  steps: [
    { ...USUAL, stage: 'receive', on: { next: 'validate', fail: 'finalise' } },
    { ...USUAL, stage: 'validate', on: { next: 'classify', reject: 'finalise', fail: 'finalise' } },
    { ...USUAL, stage: 'classify', on: { next: 'quality', fail: 'finalise' } },
    {
      ...USUAL,
      stage: 'quality',
      on: { next: 'demo-dedupe', correct: 'ask-correction', reject: 'finalise', fail: 'finalise' },
    },
    { ...USUAL, stage: 'ask-correction', on: { fail: 'finalise' } },
    { ...USUAL, stage: 'demo-dedupe', on: { next: 'uin', reject: 'finalise', fail: 'finalise' } },
    { ...USUAL, stage: 'uin', on: { next: 'finalise', fail: 'finalise' } },
    { ...USUAL, stage: 'finalise', on: { next: END, fail: DEAD_LETTER } },
  ],
  wakers: {
    correction: { resumeAt: 'quality', expires: { at: 'finalise', state: 'REJECTED', code: 'ENR-QUA-002' } },
  },
  success: { state: 'COMPLETED', code: 'ENR-OUT-001' },
};
