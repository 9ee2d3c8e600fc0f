/** Who vouches for a child: a reference to someone who has, or will have, a number; and their biometrics if asked for. */
import { isRid } from '../../rid/rid.ts';
import { verhoeffHolds } from '../../uin/verhoeff.ts';
import { type AgeGroup, ageGroup } from '../age.ts';
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal } from '../finding.ts';
import { isEmpty } from './consent-and-fields.ts';

export interface IntroducerPolicy {
  /** Who needs one, by age group at capture. */
  readonly neededBy: readonly AgeGroup[];
  /** Whether one capture of the introducer at least must be in the packet. */
  readonly biometrics: boolean;
  /** Digits of a UIN, its checksum included, and of a VID. */
  readonly uinDigits: number;
  readonly vidDigits: number;
}

export const DEFAULT_INTRODUCER_POLICY: IntroducerPolicy = {
  neededBy: ['INFANT', 'MINOR'],
  biometrics: false,
  uinDigits: 10,
  vidDigits: 16,
};

type WellFormed = (text: string, policy: IntroducerPolicy) => boolean;

const isUin: WellFormed = (text, { uinDigits }) => text.length === uinDigits && verhoeffHolds(text);
const isVid: WellFormed = (text, { vidDigits }) => text.length === vidDigits && /^\d+$/.test(text);

/** Fields that can name the introducer, and when they name one. Two families of names are in use for the same thing. */
const REFERENCES: Readonly<Record<string, WellFormed>> = {
  introducerRID: isRid,
  introducerUIN: isUin,
  introducerVID: isVid,
  parentOrGuardianRID: isRid,
  parentOrGuardianUIN: isUin,
  parentOrGuardianVID: isVid,
};

export function checkIntroducer(facts: EnrolmentFacts, policy: IntroducerPolicy): Finding[] {
  const { identity } = facts;
  const given = Object.keys(REFERENCES).filter((field) => !isEmpty(identity, field));
  const findings = given
    // One that is no text at all was refused by the schema.
    .filter((field) => typeof identity[field] === 'string' && !REFERENCES[field]?.(identity[field], policy))
    .map((field) => refusal('ENR-VAL-009', field));
  const group = ageGroup(identity, facts.capturedAt);
  if (!group || !policy.neededBy.includes(group)) return findings;
  if (given.length === 0) findings.push(refusal('ENR-VAL-010', 'introducer'));
  const captured = facts.introducer?.some(({ exception }) => !exception) ?? false;
  if (policy.biometrics && !captured) findings.push(refusal('ENR-VAL-011', 'introducer'));
  return findings;
}
