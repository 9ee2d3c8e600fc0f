/** classify: the facts by which later stages branch, without saying who the person is. */
import type { Process } from '@enroute/shared/enrolment/enrolment.ts';
import { readBiometricFacts, readIdentity, readMeta } from '@enroute/shared/packet/contents.ts';
import { ageGroup } from '@enroute/shared/policy/age.ts';
import { introducerOf } from '@enroute/shared/policy/rules/introducer.ts';
import type { PureStage } from '../stage.ts';

/** The whole form is given for these; who gives a number need not say again when they were born. */
const GIVES_BIRTH: ReadonlySet<Process> = new Set(['NEW', 'LOST']);

export const classifyStage: PureStage = {
  name: 'classify',
  kind: 'pure',
  outcomes: ['next'],
  decide: ({ registration, packets }) => {
    const { packet } = packets();
    const identity = readIdentity(packet);
    const group = ageGroup(identity, readMeta(packet).capturedAt);
    // The packet stage lets nobody pass of whom it is demanded and not given.
    if (!group && GIVES_BIRTH.has(registration.process)) return { kind: 'fail', code: 'ENR-VAL-005' };
    const exceptions = readBiometricFacts(packet).filter(({ exception }) => exception);
    return {
      kind: 'next',
      facts: {
        ...(group && { ageGroup: group }),
        exceptions: exceptions.map(({ position }) => position),
        introducer: introducerOf(identity) !== undefined,
      },
    };
  },
};
