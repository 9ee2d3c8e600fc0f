/** What a rule found: shown to the operator with its code's sentence, and weighed. */
import type { StatusCode } from '../status/codes.ts';

export interface Finding {
  readonly code: StatusCode;
  /** Names fields, proofs, positions or serial numbers, never what stands in a field. */
  readonly detail: string;
  /** `refuse`: the enrolment does not go on as it is. `warn`: it does, and someone should know. */
  readonly weight: 'refuse' | 'warn';
}

export function refusal(code: StatusCode, detail: string): Finding {
  return { code, detail, weight: 'refuse' };
}

export function warning(code: StatusCode, detail: string): Finding {
  return { code, detail, weight: 'warn' };
}

/** Refusals first; otherwise in the order in which they were found. */
export function refusalsFirst(findings: readonly Finding[]): Finding[] {
  return [
    ...findings.filter(({ weight }) => weight === 'refuse'),
    ...findings.filter(({ weight }) => weight === 'warn'),
  ];
}

/** The refusal that is told, if there is any. */
export function firstRefusal(findings: readonly Finding[]): Finding | undefined {
  return findings.find(({ weight }) => weight === 'refuse');
}
