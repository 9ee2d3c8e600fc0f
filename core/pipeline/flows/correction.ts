/** CORRECTION: captures that the core asked for again. Wakes the registration that waits for them. */
import { DEAD_LETTER, END, type Flow } from '../flow.ts';
import { USUAL } from './new.ts';

export const CORRECTION_FLOW: Flow = {
  name: 'CORRECTION',
  version: 1,
  steps: [
    { ...USUAL, stage: 'receive', on: { next: 'validate', fail: 'finalise' } },
    { ...USUAL, stage: 'validate', on: { next: 'hand-over', reject: 'finalise', fail: 'finalise' } },
    { ...USUAL, stage: 'hand-over', on: { next: 'finalise', reject: 'finalise', fail: 'finalise' } },
    { ...USUAL, stage: 'finalise', on: { next: END, fail: DEAD_LETTER } },
  ],
  wakers: {},
  success: { state: 'COMPLETED', code: 'ENR-OUT-002' },
};
