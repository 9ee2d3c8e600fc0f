/** validate: the policy that the desk ran before it saved, once more, on what really arrived. */
import { readMeta } from '@enroute/shared/packet/contents.ts';
import { factsOfPacket } from '@enroute/shared/policy/enrolment-facts.ts';
import { checkEnrolment, type EnrolmentPolicy } from '@enroute/shared/policy/enrolment-policy.ts';
import { firstRefusal } from '@enroute/shared/policy/finding.ts';
import type { MasterOf } from '../../master/master-view.ts';
import type { PureStage } from '../stage.ts';

/** @param masterOf what the station has been, or will be, told of its world: the desk asked the same */
export function validateStage(policy: EnrolmentPolicy, masterOf: MasterOf): PureStage {
  return {
    name: 'validate',
    kind: 'pure',
    outcomes: ['next', 'reject'],
    decide: ({ registration, packets }) => {
      const { packet, sealedAt } = packets();
      const meta = readMeta(packet);
      const belongs =
        meta.rid === registration._id &&
        meta.process === registration.process &&
        meta.station === registration.station &&
        meta.operator === registration.operator;
      if (!belongs) return { kind: 'fail', code: 'ENR-PKT-010' };
      const facts = factsOfPacket(packet, sealedAt);
      const refusal = firstRefusal(checkEnrolment(facts, policy, masterOf(meta.station)));
      return refusal ? { kind: 'reject', code: refusal.code } : { kind: 'next' };
    },
  };
}
