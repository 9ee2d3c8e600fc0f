/**
 * Quality at the desk, while the person is still there. What the core's quality stage would ask for again is asked for at
 * once; after the last retry the best that could be had goes to the core, which may send for the person.
 *
 * This rule is the desk's alone: the core does not refuse a poor capture, it asks for a correction.
 */
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal, warning } from '../finding.ts';
import { judgeQuality, type QualityPolicy } from '../quality-policy.ts';

export interface DeskQualityPolicy {
  readonly thresholds: QualityPolicy;
  /** How often a poor position is captured again before its best capture is accepted. */
  readonly maxRetries: number;
}

export function checkDeskQuality({ biometrics }: EnrolmentFacts, policy: DeskQualityPolicy): Finding[] {
  const { poor } = judgeQuality(biometrics, policy.thresholds);
  return poor.map((position) => {
    const capture = biometrics.find((one) => one.position === position);
    const exhausted = capture?.forceCaptured && capture.retries >= policy.maxRetries;
    return exhausted ? warning('ENR-QUA-003', position) : refusal('ENR-QUA-001', position);
  });
}
