import { describe, expect, it } from 'vitest';
import { NoAnswer, Refusal, retryAfterMs } from '../api/core-api.ts';
import { signInProblem } from './sign-in-problem.ts';

const NOW_MS = Date.parse('2026-03-01T12:00:00Z');
const refusal = (error: string, waitMs: number | null = null) =>
  new Refusal(401, { error, reason: 'No.', next: 'Ask.' }, waitMs);

describe('A sign-in that fails', () => {
  it('is wrong, whichever part of it was', () => {
    expect(signInProblem(refusal('ENR-PPL-001'), true, NOW_MS)).toEqual({ kind: 'wrong' });
  });

  it('asks for a code first, and calls it wrong only when one was sent', () => {
    expect(signInProblem(refusal('ENR-PPL-002'), false, NOW_MS)).toEqual({ kind: 'codeNeeded' });
    expect(signInProblem(refusal('ENR-PPL-002'), true, NOW_MS)).toEqual({ kind: 'codeWrong' });
  });

  it('is locked until a time, where the core says one', () => {
    expect(signInProblem(refusal('ENR-PPL-003', 60_000), false, NOW_MS)).toEqual({
      kind: 'locked',
      untilMs: NOW_MS + 60_000,
    });
    expect(signInProblem(refusal('ENR-PPL-003'), false, NOW_MS)).toEqual({ kind: 'locked', untilMs: null });
  });

  it('leaves everything else to the words of the core', () => {
    expect(signInProblem(refusal('ENR-WEB-006'), false, NOW_MS)).toBeUndefined();
    expect(signInProblem(new NoAnswer(), false, NOW_MS)).toBeUndefined();
  });
});

it.each([
  ['90', 90_000],
  [null, null],
  ['soon', null],
  ['-1', null],
])('Retry-After %s is %s ms', (header, ms) => {
  expect(retryAfterMs(header)).toBe(ms);
});
