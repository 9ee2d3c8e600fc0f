/** The core's own rules, run at the desk: what the core would refuse never leaves the station. */
import { factsOf } from '@enroute/shared/policy/enrolment-facts.ts';
import { checkAtDesk } from '@enroute/shared/policy/enrolment-policy.ts';
import type { Finding } from '@enroute/shared/policy/finding.ts';
import type { Desk } from './desk.ts';
import type { EnrolRequest } from './enrol.ts';

/** Everything that there is to say about it, refusals first. */
export function preFlight(
  { enrolment, process, operator }: Pick<EnrolRequest, 'enrolment' | 'process' | 'operator'>,
  { identity, policy, masterData, now }: Pick<Desk, 'identity' | 'policy' | 'masterData' | 'now'>,
): Finding[] {
  const { station } = identity;
  const facts = factsOf(enrolment, { process, station, operator: operator.id, sealedAt: now().toISOString() });
  return checkAtDesk(facts, policy, masterData());
}
