/**
 * cmd: center, machine and devices. Whether the center was open and the station admitted, whether the devices may be used,
 * and whether all was captured in one sitting, each at the time of the capture.
 */
import { factsOfPacket } from '@enroute/shared/policy/enrolment-facts.ts';
import { checkGroup, type EnrolmentPolicy } from '@enroute/shared/policy/enrolment-policy.ts';
import type { MasterOf } from '../../master/master-view.ts';
import type { PureStage } from '../stage.ts';
import { ofRefusals } from './of-refusals.ts';

/** @param masterOf what the station has been, or will be, told of its world: the desk asked the same */
export function cmdStage(policy: EnrolmentPolicy, masterOf: MasterOf): PureStage {
  return {
    name: 'cmd',
    kind: 'pure',
    outcomes: ['next', 'reject'],
    decide: ({ registration, packets }) => {
      const { packet, sealedAt } = packets();
      return ofRefusals(checkGroup('cmd', factsOfPacket(packet, sealedAt), policy, masterOf(registration.station)));
    },
  };
}
