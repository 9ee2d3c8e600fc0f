import { describe, expect, it } from 'vitest';
import { isWaiting, mayMove, QUEUE_STATES, type QueueState } from './states.ts';

/** Written down once more, by someone who read only what the states mean. */
const LEGAL: readonly (readonly [from: QueueState, to: QueueState])[] = [
  ['SEALED', 'ANNOUNCED'],
  ['SEALED', 'EXPECTED'],
  ['SEALED', 'RECEIVED'],
  ['SEALED', 'TERMINAL'],
  ['SEALED', 'SET_ASIDE'],
  ['ANNOUNCED', 'EXPECTED'],
  ['ANNOUNCED', 'RECEIVED'],
  ['ANNOUNCED', 'TERMINAL'],
  ['ANNOUNCED', 'SET_ASIDE'],
  ['EXPECTED', 'UPLOADING'],
  ['EXPECTED', 'SENT'],
  ['EXPECTED', 'RECEIVED'],
  ['EXPECTED', 'TERMINAL'],
  ['EXPECTED', 'SET_ASIDE'],
  ['UPLOADING', 'SENT'],
  ['UPLOADING', 'RECEIVED'],
  ['UPLOADING', 'TERMINAL'],
  ['UPLOADING', 'SET_ASIDE'],
  ['SENT', 'RECEIVED'],
  ['SENT', 'TERMINAL'],
  ['RECEIVED', 'TERMINAL'],
  ['SET_ASIDE', 'EXPECTED'],
  ['SET_ASIDE', 'RECEIVED'],
  ['SET_ASIDE', 'TERMINAL'],
];

describe("the table of a packet's states", () => {
  it.each(QUEUE_STATES.flatMap((from) => QUEUE_STATES.map((to) => [from, to] as const)))('%s to %s', (from, to) => {
    const legal = LEGAL.some(([one, other]) => one === from && other === to);
    expect(mayMove(from, to)).toBe(legal);
  });

  it('leads from every state to the end, and from the end nowhere', () => {
    const reaches = (from: QueueState): boolean =>
      from === 'TERMINAL' || QUEUE_STATES.some((to) => mayMove(from, to) && reaches(to));
    expect(QUEUE_STATES.filter((state) => !reaches(state))).toEqual([]);
    expect(QUEUE_STATES.filter((to) => mayMove('TERMINAL', to))).toEqual([]);
  });

  it('calls waiting what the core has not confirmed', () => {
    expect(QUEUE_STATES.filter(isWaiting)).toEqual(['SEALED', 'ANNOUNCED', 'EXPECTED', 'UPLOADING', 'SENT']);
  });
});
