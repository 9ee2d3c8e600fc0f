/** Every position that the age group must give is captured, or recorded as an exception. */
import { FINGERS, IRISES, type Position } from '../../enrolment/enrolment.ts';
import { type AgeGroup, ageGroup } from '../age.ts';
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal } from '../finding.ts';

/** Positions that must be accounted for, by age group at capture. */
export type MandatoryPositions = Readonly<Record<AgeGroup, readonly Position[]>>;

const EVERY_POSITION: readonly Position[] = [...FINGERS, ...IRISES, 'FACE'];

export const DEFAULT_MANDATORY_POSITIONS: MandatoryPositions = {
  INFANT: ['FACE'],
  MINOR: EVERY_POSITION,
  ADULT: EVERY_POSITION,
};

export function checkPositions(facts: EnrolmentFacts, mandatory: MandatoryPositions): Finding[] {
  const group = ageGroup(facts.identity, facts.capturedAt);
  if (!group) return [];
  const accountedFor = new Set(facts.biometrics.map(({ position }) => position));
  return mandatory[group]
    .filter((position) => !accountedFor.has(position))
    .map((position) => refusal('ENR-VAL-004', position));
}

/** A correction brings captures, whichever. */
export function checkCapturedAgain(facts: EnrolmentFacts): Finding[] {
  return facts.biometrics.length > 0 ? [] : [refusal('ENR-VAL-004', 'nothing was captured again')];
}
