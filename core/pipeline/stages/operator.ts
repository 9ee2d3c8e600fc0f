/**
 * operator: whether who captured the person was assigned to the center then. That they are who they say is in their
 * signature on the manifest, without which the gateway takes no packet.
 */
import { factsOfPacket } from '@enroute/shared/policy/enrolment-facts.ts';
import { checkGroup, type EnrolmentPolicy } from '@enroute/shared/policy/enrolment-policy.ts';
import type { MasterOf } from '../../master/master-view.ts';
import type { PureStage } from '../stage.ts';
import { ofRefusals } from './of-refusals.ts';

export function operatorStage(policy: EnrolmentPolicy, masterOf: MasterOf): PureStage {
  return {
    name: 'operator',
    kind: 'pure',
    outcomes: ['next', 'reject'],
    decide: ({ registration, packets }) => {
      const { packet, sealedAt } = packets();
      const facts = factsOfPacket(packet, sealedAt);
      return ofRefusals(checkGroup('operator', facts, policy, masterOf(registration.station)));
    },
  };
}
