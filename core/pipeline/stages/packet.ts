/** packet: whether the contents belong to the registration, and are what its process demands, as the desk asked too. */
import { readMeta } from '@enroute/shared/packet/contents.ts';
import { factsOfPacket } from '@enroute/shared/policy/enrolment-facts.ts';
import { checkGroup, type EnrolmentPolicy } from '@enroute/shared/policy/enrolment-policy.ts';
import type { PureStage } from '../stage.ts';
import { ofRefusals } from './of-refusals.ts';

export function packetStage(policy: EnrolmentPolicy): PureStage {
  return {
    name: 'packet',
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
      return ofRefusals(checkGroup('packet', factsOfPacket(packet, sealedAt), policy));
    },
  };
}
