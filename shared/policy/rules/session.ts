/**
 * A capture belongs to the person who sits at the desk now: it is not older than the session may last, and not younger
 * than its end.
 */
import { capturesOf, type EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal, warning } from '../finding.ts';

const MINUTE_MS = 60_000;

export interface SessionPolicy {
  /** From the first capture to the end of the enrolment. */
  readonly warnAboveMinutes: number;
  readonly refuseAboveMinutes: number;
  /** By how much a device's clock may be ahead of the station's. */
  readonly clockToleranceMinutes: number;
}

/** Thirty minutes are what MOSIP's core allows. It tells the station only after the packet has come. */
export const DEFAULT_SESSION_POLICY: SessionPolicy = {
  warnAboveMinutes: 20,
  refuseAboveMinutes: 30,
  clockToleranceMinutes: 2,
};

export function checkSession(facts: EnrolmentFacts, policy: SessionPolicy): Finding[] {
  const captures = capturesOf(facts);
  const end = Date.parse(facts.capturedAt);
  const late = captures.filter(
    ({ capturedAt }) => minutes(Date.parse(capturedAt) - end) > policy.clockToleranceMinutes,
  );
  const findings = late.map(({ position }) => refusal('ENR-VAL-013', position));

  const first = Math.min(...captures.map(({ capturedAt }) => Date.parse(capturedAt)));
  const lasted = minutes(end - first);
  const detail = `${Math.floor(lasted)} min; at most ${policy.refuseAboveMinutes}`;
  if (lasted > policy.refuseAboveMinutes) findings.push(refusal('ENR-VAL-012', detail));
  else if (lasted > policy.warnAboveMinutes) findings.push(warning('ENR-VAL-014', detail));
  return findings;
}

function minutes(ms: number): number {
  return ms / MINUTE_MS;
}
