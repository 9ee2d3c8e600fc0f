/**
 * When the person was captured, against when the packet was sealed. The desk states the first, and ages, session and
 * master data are reckoned by it; the second is the station's clock, under the station's and the operator's signatures.
 */
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal, warning } from '../finding.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export interface CaptureTimePolicy {
  /** By how much the capture may seem later than the sealing: clocks of one desk differ. */
  readonly clockToleranceMinutes: number;
  /** From the capture to the sealing. */
  readonly warnAboveDays: number;
  /** null for no limit. */
  readonly refuseAboveDays: number | null;
}

/**
 * No limit: a packet that is imported from MOSIP was captured months or years before it is sealed anew, and comes through
 * the same desk. A country that imports nothing sets one, such as 30 days, which leaves a draft time to be completed.
 */
export const DEFAULT_CAPTURE_TIME_POLICY: CaptureTimePolicy = {
  clockToleranceMinutes: 5,
  warnAboveDays: 30,
  refuseAboveDays: null,
};

export function checkCaptureTime(
  { capturedAt, sealedAt }: Pick<EnrolmentFacts, 'capturedAt' | 'sealedAt'>,
  { clockToleranceMinutes, warnAboveDays, refuseAboveDays }: CaptureTimePolicy,
): Finding[] {
  const ageMs = Date.parse(sealedAt) - Date.parse(capturedAt);
  if (-ageMs > clockToleranceMinutes * MINUTE_MS) {
    return [refusal('ENR-VAL-017', `${Math.floor(-ageMs / MINUTE_MS)} min after it was sealed`)];
  }
  const detail = `${Math.floor(ageMs / DAY_MS)} days before it was sealed`;
  if (refuseAboveDays !== null && ageMs > refuseAboveDays * DAY_MS) {
    return [refusal('ENR-VAL-018', `${detail}; at most ${refuseAboveDays}`)];
  }
  return ageMs > warnAboveDays * DAY_MS ? [warning('ENR-VAL-018', detail)] : [];
}
