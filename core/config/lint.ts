/** Checks a configuration against everything that must hold between its values. */
import { GATEWAY_INVARIANTS } from './invariants/gateway-invariants.ts';
import type { Facts, Invariant, Violation } from './invariants/invariant.ts';
import { STORE_INVARIANTS } from './invariants/store-invariants.ts';
import { TIME_INVARIANTS } from './invariants/time-invariants.ts';

export const INVARIANTS: readonly Invariant[] = [...GATEWAY_INVARIANTS, ...STORE_INVARIANTS, ...TIME_INVARIANTS];

export interface Finding extends Violation {
  readonly invariant: string;
  readonly severity: Invariant['severity'];
}

/** @returns errors first. */
export function lint(facts: Facts): Finding[] {
  const findings = INVARIANTS.flatMap(({ name, severity, broken }): Finding[] => {
    const violation = broken(facts);
    return violation ? [{ invariant: name, severity, ...violation }] : [];
  });
  return findings.sort((one, other) => one.severity.localeCompare(other.severity));
}

/** A line or two for a person. */
export function findingText({ severity, invariant, sentence, change, values }: Finding): string {
  const named = Object.entries(values).map(([name, value]) => `${name} = ${value}`);
  return `${severity}  ${invariant}: ${sentence}\n  ${named.join(', ')}\n  ${change}`;
}
