/** classify: the facts by which later stages branch, without saying who the person is. */
import { readIdentity, readMeta } from '@enroute/shared/packet/contents.ts';
import { ageGroup } from '@enroute/shared/policy/age.ts';
import type { PureStage } from '../stage.ts';

export const classifyStage: PureStage = {
  name: 'classify',
  kind: 'pure',
  outcomes: ['next'],
  decide: ({ packets }) => {
    const { packet } = packets();
    const group = ageGroup(readIdentity(packet), readMeta(packet).capturedAt);
    // Validation let no enrolment without a proper date of birth pass.
    return group ? { kind: 'next', facts: { ageGroup: group } } : { kind: 'fail', code: 'ENR-VAL-005' };
  },
};
