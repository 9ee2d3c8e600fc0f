/**
 * What an enrolment must hold to be processed. The same function runs at the desk before anything is saved and in the
 * core's validate stage, so what the core would refuse never leaves the station.
 */
import {
  type BiometricFacts,
  FINGERS,
  type Identity,
  IRISES,
  type Position,
  type Process,
  type ScannedDocument,
} from '../enrolment/enrolment.ts';
import type { StatusCode } from '../status/codes.ts';
import { type AgeGroup, ageAt, ageGroupOf } from './age.ts';

export interface EnrolmentPolicy {
  readonly mandatoryFields: readonly string[];
  /** Proofs that must be there, by age group. */
  readonly mandatoryDocuments: Readonly<Record<AgeGroup, readonly string[]>>;
  /** Positions that must be captured, or recorded as an exception, by age group. */
  readonly mandatoryPositions: Readonly<Record<AgeGroup, readonly Position[]>>;
}

const EVERY_POSITION: readonly Position[] = [...FINGERS, ...IRISES, 'FACE'];

export const DEFAULT_ENROLMENT_POLICY: EnrolmentPolicy = {
  mandatoryFields: ['fullName', 'dateOfBirth', 'gender'],
  mandatoryDocuments: { INFANT: ['POR'], MINOR: ['POR'], ADULT: ['POI', 'POA'] },
  mandatoryPositions: { INFANT: ['FACE'], MINOR: EVERY_POSITION, ADULT: EVERY_POSITION },
};

/** The parts of an enrolment that the policy looks at: no image, no document's content. */
export interface EnrolmentFacts {
  readonly process: Process;
  readonly consent: boolean;
  readonly identity: Identity;
  readonly biometrics: readonly Pick<BiometricFacts, 'position' | 'exception'>[];
  readonly documents: readonly Pick<ScannedDocument, 'category'>[];
  readonly capturedAt: string;
}

/** `detail` names fields, proofs or positions, never what stands in them. */
export interface PolicyFinding {
  readonly code: StatusCode;
  readonly detail: string;
}

/** Everything that is wrong with the enrolment, the first finding first; empty when it may be processed. */
export function checkEnrolment(facts: EnrolmentFacts, policy: EnrolmentPolicy): PolicyFinding[] {
  switch (facts.process) {
    case 'NEW':
      return checkNew(facts, policy);
    case 'CORRECTION':
      return facts.biometrics.length > 0 ? [] : [{ code: 'ENR-VAL-004', detail: 'nothing was captured again' }];
    default:
      return [{ code: 'ENR-VAL-006', detail: facts.process }];
  }
}

function checkNew(facts: EnrolmentFacts, policy: EnrolmentPolicy): PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  if (!facts.consent) findings.push({ code: 'ENR-VAL-001', detail: 'consent' });

  for (const field of policy.mandatoryFields) {
    if (isEmpty(facts.identity, field)) findings.push({ code: 'ENR-VAL-002', detail: field });
  }
  const group = ageGroup(facts.identity, facts.capturedAt);
  if (!group) return [...findings, { code: 'ENR-VAL-005', detail: 'dateOfBirth' }];

  const proofs = new Set(facts.documents.map(({ category }) => category));
  for (const proof of policy.mandatoryDocuments[group]) {
    if (!proofs.has(proof)) findings.push({ code: 'ENR-VAL-003', detail: proof });
  }
  const accountedFor = new Set(facts.biometrics.map(({ position }) => position));
  for (const position of policy.mandatoryPositions[group]) {
    if (!accountedFor.has(position)) findings.push({ code: 'ENR-VAL-004', detail: position });
  }
  return findings;
}

/** The age group at capture, or undefined when the date of birth is missing or impossible. */
export function ageGroup(identity: Identity, capturedAt: string): AgeGroup | undefined {
  const { dateOfBirth } = identity;
  const years = typeof dateOfBirth === 'string' ? ageAt(dateOfBirth, capturedAt) : undefined;
  return years === undefined ? undefined : ageGroupOf(years);
}

function isEmpty(identity: Identity, field: string): boolean {
  const value = identity[field];
  if (value === undefined) return true;
  if (typeof value === 'number') return false;
  if (typeof value === 'string') return value.trim() === '';
  return value.length === 0 || value.some((text) => text.value.trim() === '');
}
