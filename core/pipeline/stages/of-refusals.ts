/** What a stage that asks the policy makes of its findings: the first refusal is told. A warning was for the desk. */
import { type Finding, firstRefusal } from '@enroute/shared/policy/finding.ts';
import type { Outcome } from '../outcome.ts';

export function ofRefusals(findings: readonly Finding[]): Outcome {
  const refusal = firstRefusal(findings);
  return refusal ? { kind: 'reject', code: refusal.code } : { kind: 'next' };
}
