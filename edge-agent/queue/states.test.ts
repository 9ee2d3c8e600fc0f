import { describe, expect, it } from 'vitest';
import { isOpen, isWaiting, mayErase, mayMove, mayReturn, QUEUE_STATES, type QueueState } from './states.ts';

/** Written down once more, by someone who read only what the states mean. */
const LEGAL: readonly (readonly [from: QueueState, to: QueueState])[] = [
  ['DRAFT', 'DRAFT'],
  ['DRAFT', 'SEALED'],
  ['DRAFT', 'AWAITING_APPROVAL'],
  ['AWAITING_APPROVAL', 'APPROVED'],
  ['AWAITING_APPROVAL', 'REJECTED'],
  ['AWAITING_APPROVAL', 'SET_ASIDE'],
  ['SEALED', 'ANNOUNCED'],
  ['SEALED', 'EXPECTED'],
  ['SEALED', 'RECEIVED'],
  ['SEALED', 'TERMINAL'],
  ['SEALED', 'SET_ASIDE'],
  ['APPROVED', 'ANNOUNCED'],
  ['APPROVED', 'EXPECTED'],
  ['APPROVED', 'RECEIVED'],
  ['APPROVED', 'TERMINAL'],
  ['APPROVED', 'SET_ASIDE'],
  ['ANNOUNCED', 'EXPECTED'],
  ['ANNOUNCED', 'RECEIVED'],
  ['ANNOUNCED', 'TERMINAL'],
  ['ANNOUNCED', 'SET_ASIDE'],
  ['ANNOUNCED', 'AWAITING_APPROVAL'],
  ['EXPECTED', 'UPLOADING'],
  ['EXPECTED', 'SENT'],
  ['EXPECTED', 'RECEIVED'],
  ['EXPECTED', 'TERMINAL'],
  ['EXPECTED', 'SET_ASIDE'],
  ['UPLOADING', 'SENT'],
  ['UPLOADING', 'RECEIVED'],
  ['UPLOADING', 'TERMINAL'],
  ['UPLOADING', 'SET_ASIDE'],
  ['SENT', 'EXPECTED'],
  ['SENT', 'RECEIVED'],
  ['SENT', 'TERMINAL'],
  ['RECEIVED', 'TERMINAL'],
  ['ANNOUNCED', 'SENT'],
  ['SET_ASIDE', 'SENT'],
  ['TERMINAL', 'RELEASED'],
  ['SEALED', 'AWAITING_APPROVAL'],
  ['APPROVED', 'AWAITING_APPROVAL'],
  ['SET_ASIDE', 'SET_ASIDE'],
  ['SET_ASIDE', 'SEALED'],
  ['SET_ASIDE', 'APPROVED'],
  ['SET_ASIDE', 'EXPECTED'],
  ['SET_ASIDE', 'RECEIVED'],
  ['SET_ASIDE', 'TERMINAL'],
  ['SET_ASIDE', 'AWAITING_APPROVAL'],
];

describe("the table of a packet's states", () => {
  it.each(QUEUE_STATES.flatMap((from) => QUEUE_STATES.map((to) => [from, to] as const)))('%s to %s', (from, to) => {
    const legal = LEGAL.some(([one, other]) => one === from && other === to);
    expect(mayMove(from, to)).toBe(legal);
  });

  it('has ways back for what a restored core lacks, and none of them from the release', () => {
    const back = QUEUE_STATES.flatMap((from) =>
      QUEUE_STATES.filter((to) => mayReturn(from, to)).map((to) => `${from} ${to}`),
    );
    expect(back.sort()).toEqual([
      'RECEIVED EXPECTED',
      'RECEIVED SET_ASIDE',
      'SENT SET_ASIDE',
      'TERMINAL EXPECTED',
      'TERMINAL SENT',
      'TERMINAL SET_ASIDE',
    ]);
  });

  it('leads from every state to the release of the bytes, but not from a rejection: those stay', () => {
    const reaches = (from: QueueState, seen: readonly QueueState[] = []): boolean =>
      from === 'RELEASED' ||
      QUEUE_STATES.some((to) => mayMove(from, to) && !seen.includes(to) && reaches(to, [...seen, from, to]));
    expect(QUEUE_STATES.filter((state) => !reaches(state))).toEqual(['REJECTED']);
  });

  it('has no way to the release of the bytes but over the end that the core has signed', () => {
    expect(QUEUE_STATES.filter((from) => mayMove(from, 'RELEASED'))).toEqual(['TERMINAL']);
    expect(QUEUE_STATES.filter((to) => mayMove('RELEASED', to))).toEqual([]);
  });

  it('has no way from a rejection to the core, and none around the supervisor', () => {
    expect(QUEUE_STATES.filter((to) => mayMove('REJECTED', to))).toEqual([]);
    expect(mayMove('AWAITING_APPROVAL', 'ANNOUNCED')).toBe(false);
  });

  it('calls waiting what the core has not confirmed, and open what it may still answer', () => {
    const waiting = ['SEALED', 'AWAITING_APPROVAL', 'APPROVED', 'ANNOUNCED', 'EXPECTED', 'UPLOADING', 'SENT'];
    expect(QUEUE_STATES.filter(isWaiting)).toEqual(waiting);
    expect(QUEUE_STATES.filter(isOpen)).toEqual([...waiting, 'RECEIVED', 'SET_ASIDE']);
  });

  it('lets the rows of drafts and of what was released be erased, and no other', () => {
    expect(QUEUE_STATES.filter(mayErase)).toEqual(['DRAFT', 'RELEASED']);
  });
});
