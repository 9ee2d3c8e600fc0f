/** Everything that speaks against an enrolment, or that the operator should know, before it is saved. */
import { type Finding, refusal, refusalsFirst } from '@enroute/shared/policy/finding.ts';
import type { Desk } from './desk.ts';
import type { EnrolRequest } from './enrol.ts';
import { preFlight } from './pre-flight.ts';

type ToCheck = Pick<EnrolRequest, 'enrolment' | 'process' | 'operator' | 'corrects'>;

/** Refusals first: the core's rules, the task that a correction answers, the station's own limits. */
export async function findingsOf(request: ToCheck, desk: Desk): Promise<Finding[]> {
  const [task, limits] = [await checkTask(request, desk), await desk.limits()];
  return refusalsFirst([...preFlight(request, desk), ...task, ...limits.findings]);
}

/** The core takes a correction only of what it has asked for, from the station that it has asked. */
async function checkTask(
  { process, corrects }: ToCheck,
  { hasOpenTask }: Pick<Desk, 'hasOpenTask'>,
): Promise<Finding[]> {
  if (process !== 'CORRECTION') return [];
  if (corrects !== undefined && (await hasOpenTask(corrects))) return [];
  return [refusal('ENR-VAL-007', corrects ?? 'none named')];
}
