/**
 * supervisor: whether who approved the packet was assigned to the center then. An approval that does not verify, and none
 * where one is demanded, were refused at the door; what was let in before the country demanded it stays let in.
 */
import { checkSupervisor } from '@enroute/shared/policy/rules/people-and-places.ts';
import type { MasterOf } from '../../master/master-view.ts';
import type { PureStage } from '../stage.ts';
import { ofRefusals } from './of-refusals.ts';

export function supervisorStage(masterOf: MasterOf): PureStage {
  return {
    name: 'supervisor',
    kind: 'pure',
    outcomes: ['next', 'reject'],
    decide: ({ registration: { supervisor, station }, packets }) => {
      if (supervisor === undefined) return { kind: 'next' };
      return ofRefusals(checkSupervisor(supervisor, packets().sealedAt, masterOf(station)));
    },
  };
}
