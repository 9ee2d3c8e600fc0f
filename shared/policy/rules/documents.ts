/** The proofs that a person brings: by age group, and one for what can not be captured. */
import type { AgeGroup } from '../age.ts';
import { ageGroup } from '../age.ts';
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal } from '../finding.ts';

export interface DocumentPolicy {
  /** Categories that must be there, by age group at capture. */
  readonly mandatory: Readonly<Record<AgeGroup, readonly string[]>>;
  /** The category that proves that a position can not be captured; null where no proof is asked for. */
  readonly exceptionProof: string | null;
}

export const DEFAULT_DOCUMENT_POLICY: DocumentPolicy = {
  mandatory: { INFANT: ['POR'], MINOR: ['POR'], ADULT: ['POI', 'POA'] },
  exceptionProof: 'POE',
};

export function checkDocuments(facts: EnrolmentFacts, policy: DocumentPolicy): Finding[] {
  const group = ageGroup(facts.identity, facts.capturedAt);
  const proofs = new Set(facts.documents.map(({ category }) => category));
  const missing = group ? policy.mandatory[group].filter((proof) => !proofs.has(proof)) : [];
  return [...missing.map((proof) => refusal('ENR-VAL-003', proof)), ...checkExceptionProof(facts, policy)];
}

/** Of a correction nothing else is asked for: its other documents are in the first packet. */
export function checkExceptionProof(facts: EnrolmentFacts, { exceptionProof }: DocumentPolicy): Finding[] {
  if (exceptionProof === null || facts.documents.some(({ category }) => category === exceptionProof)) return [];
  return facts.biometrics.filter(({ exception }) => exception).map(({ position }) => refusal('ENR-VAL-008', position));
}

/** Where no biometrics speak for the person, a paper does: an order, a certificate, a proof of the new address. */
export function checkSomeDocument({ documents }: EnrolmentFacts): Finding[] {
  return documents.length > 0 ? [] : [refusal('ENR-VAL-003', 'any')];
}
