/**
 * Every position that the age group must give is captured, or recorded as an exception; but not all of them, and of who
 * is new never the face.
 */
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
  const accountedFor = new Set(facts.biometrics.map(({ position }) => position));
  const missing = group ? mandatory[group].filter((position) => !accountedFor.has(position)) : [];
  if (missing.length > 0) return missing.map((position) => refusal('ENR-VAL-004', position));
  return checkSomethingCaptured(facts);
}

/** Of who has a number already, whichever positions: they show that it is this person who came. */
export function checkSomethingCaptured({ biometrics }: EnrolmentFacts): Finding[] {
  const captured = biometrics.some(({ exception }) => !exception);
  return captured ? [] : [refusal('ENR-VAL-020', 'nothing was captured')];
}

/** Where nobody has seen the person, nobody can have captured them. */
export function checkNothingCaptured({ biometrics, process }: EnrolmentFacts): Finding[] {
  return biometrics.length === 0 ? [] : [refusal('ENR-VAL-024', process)];
}

/** A face can always be photographed, and the photograph shows what could not be captured: paper alone proves no person. */
export function checkFace({ biometrics }: EnrolmentFacts): Finding[] {
  const missing = biometrics.filter(({ position, exception }) => position === 'FACE' && exception);
  return missing.map(({ position }) => refusal('ENR-VAL-019', position));
}

/** A correction brings captures, whichever. */
export function checkCapturedAgain(facts: EnrolmentFacts): Finding[] {
  return facts.biometrics.length > 0 ? [] : [refusal('ENR-VAL-004', 'nothing was captured again')];
}
