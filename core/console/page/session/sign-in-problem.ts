/** The refusals of a sign-in that the page answers in the reader's own language, as what to do next depends on them. */
import { type Problem, Refusal } from '../api/core-api.ts';

const WRONG = 'ENR-PPL-001';
const CODE_NEEDED = 'ENR-PPL-002';
const LOCKED = 'ENR-PPL-003';

export type SignInProblem =
  | { readonly kind: 'wrong' | 'codeNeeded' | 'codeWrong' }
  | { readonly kind: 'locked'; readonly untilMs: number | null };

/**
 * @param codeSent whether a code of the second factor was sent along
 * @param nowMs by this computer's clock, which shows the time that is computed from it
 * @returns undefined for whatever else went wrong
 */
export function signInProblem(
  problem: Problem | undefined,
  codeSent: boolean,
  nowMs: number,
): SignInProblem | undefined {
  if (!(problem instanceof Refusal)) return undefined;
  switch (problem.code) {
    case WRONG:
      return { kind: 'wrong' };
    case CODE_NEEDED:
      return { kind: codeSent ? 'codeWrong' : 'codeNeeded' };
    case LOCKED:
      return { kind: 'locked', untilMs: problem.retryAfterMs === null ? null : nowMs + problem.retryAfterMs };
    default:
      return undefined;
  }
}
