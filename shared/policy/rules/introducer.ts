/** Who vouches for a child: a reference to someone who has, or will have, a number; and their biometrics if asked for. */
import type { Identity } from '../../enrolment/enrolment.ts';
import { isRid } from '../../rid/rid.ts';
import { type AgeGroup, ageGroup } from '../age.ts';
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal } from '../finding.ts';
import { isEmpty } from './consent-and-fields.ts';
import { DEFAULT_NUMBER_POLICY, isUin, isVid, type NumberPolicy } from './numbers.ts';

export interface IntroducerPolicy extends NumberPolicy {
  /** Who needs one, by age group at capture. */
  readonly neededBy: readonly AgeGroup[];
  /** Whether one capture of the introducer at least must be in the packet. */
  readonly biometrics: boolean;
  /** Whether a VID alone says who it is. Without VIDs that are issued nobody can be found by one. */
  readonly vidSuffices: boolean;
}

export const DEFAULT_INTRODUCER_POLICY: IntroducerPolicy = {
  neededBy: ['INFANT', 'MINOR'],
  biometrics: false,
  vidSuffices: false,
  ...DEFAULT_NUMBER_POLICY,
};

type WellFormed = (text: string, policy: NumberPolicy) => boolean;

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
  const { rid, uin, vid } = introducerOf(identity) ?? {};
  if (vid !== undefined && rid === undefined && uin === undefined && !policy.vidSuffices) {
    findings.push(refusal('ENR-INT-003', 'introducer'));
  }
  const group = ageGroup(identity, facts.capturedAt);
  if (!group || !policy.neededBy.includes(group)) return findings;
  if (given.length === 0) findings.push(refusal('ENR-VAL-010', 'introducer'));
  const captured = facts.introducer?.some(({ exception }) => !exception) ?? false;
  if (policy.biometrics && !captured) findings.push(refusal('ENR-VAL-011', 'introducer'));
  return findings;
}

/** How an introducer is named: by the registration, or by the number. */
export interface IntroducerReference {
  readonly rid?: string;
  readonly uin?: string;
  readonly vid?: string;
}

/** Everything by which the introducer is named; undefined when there is none. What is not well formed names nobody. */
export function introducerOf(identity: Identity): IntroducerReference | undefined {
  const first = (...fields: readonly string[]): string | undefined =>
    fields.map((field) => textIn(identity, field)).find(Boolean);
  const rid = first('introducerRID', 'parentOrGuardianRID');
  const uin = first('introducerUIN', 'parentOrGuardianUIN');
  const vid = first('introducerVID', 'parentOrGuardianVID');
  if (rid === undefined && uin === undefined && vid === undefined) return undefined;
  return { ...(rid && { rid }), ...(uin && { uin }), ...(vid && { vid }) };
}

function textIn(identity: Identity, field: string): string | undefined {
  const { [field]: value } = identity;
  return typeof value === 'string' && !isEmpty(identity, field) ? value : undefined;
}
