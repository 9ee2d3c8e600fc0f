/** validate: the policy that the desk ran before it saved, once more, on what really arrived. */
import { readBiometricFacts, readIdentity, readMeta } from '@enroute/shared/packet/contents.ts';
import { checkEnrolment, type EnrolmentPolicy } from '@enroute/shared/policy/enrolment-policy.ts';
import type { PureStage } from '../stage.ts';

export function validateStage(policy: EnrolmentPolicy): PureStage {
  return {
    name: 'validate',
    kind: 'pure',
    outcomes: ['next', 'reject'],
    decide: ({ registration, packets }) => {
      const { packet } = packets();
      const meta = readMeta(packet);
      const belongs =
        meta.rid === registration._id &&
        meta.process === registration.process &&
        meta.station === registration.station &&
        meta.operator === registration.operator;
      if (!belongs) return { kind: 'fail', code: 'ENR-PKT-010' };
      const facts = { ...meta, identity: readIdentity(packet), biometrics: readBiometricFacts(packet) };
      const [finding] = checkEnrolment(facts, policy);
      return finding ? { kind: 'reject', code: finding.code } : { kind: 'next' };
    },
  };
}
