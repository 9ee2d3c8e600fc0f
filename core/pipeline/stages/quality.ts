/** quality: whether the captures can tell this person from others; what is too poor is asked for again. */
import type { BiometricFacts } from '@enroute/shared/enrolment/enrolment.ts';
import { readBiometricFacts } from '@enroute/shared/packet/contents.ts';
import { judgeQuality, type QualityPolicy } from '@enroute/shared/policy/quality-policy.ts';
import type { OpenedPackets, PureStage } from '../stage.ts';

/** After so many corrections that did not help, the person must be enrolled anew. */
const MAX_CORRECTIONS = 5;

export function qualityStage(policy: QualityPolicy): PureStage {
  return {
    name: 'quality',
    kind: 'pure',
    outcomes: ['next', 'correct', 'reject'],
    decide: ({ registration, packets }) => {
      const { lowest, poor } = judgeQuality(effectiveCaptures(packets()), policy);
      const facts = { quality: lowest, poor: [...poor] };
      if (poor.length === 0) return { kind: 'next', facts };
      if (registration.corrections.length >= MAX_CORRECTIONS) return { kind: 'reject', code: 'ENR-QUA-001' };
      return { kind: 'correct', code: 'ENR-QUA-001', facts };
    },
  };
}

/** What counts for each position: its latest capture. */
function effectiveCaptures({ packet, corrections }: OpenedPackets): BiometricFacts[] {
  const captures = [packet, ...corrections].flatMap(readBiometricFacts);
  return [...new Map(captures.map((capture) => [capture.position, capture])).values()];
}
