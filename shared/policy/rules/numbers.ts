/** What a person's numbers look like, and the number of whom a process changes something. */
import { verhoeffHolds } from '../../uin/verhoeff.ts';
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal } from '../finding.ts';
import { isEmpty } from './consent-and-fields.ts';

/** The field in which a person who has a number gives it. */
export const UIN_FIELD = 'UIN';

export interface NumberPolicy {
  /** Digits of a UIN, its checksum included, and of a VID. */
  readonly uinDigits: number;
  readonly vidDigits: number;
}

export const DEFAULT_NUMBER_POLICY: NumberPolicy = { uinDigits: 10, vidDigits: 16 };

export function isUin(text: string, { uinDigits }: NumberPolicy): boolean {
  return text.length === uinDigits && verhoeffHolds(text);
}

export function isVid(text: string, { vidDigits }: NumberPolicy): boolean {
  return text.length === vidDigits && /^\d+$/.test(text);
}

/** Whose data are to be changed, or whose number is to be switched, is said by the number itself. */
export function checkUin({ identity }: EnrolmentFacts, policy: NumberPolicy): Finding[] {
  const { [UIN_FIELD]: uin } = identity;
  const isGiven = !isEmpty(identity, UIN_FIELD) && typeof uin === 'string' && isUin(uin, policy);
  return isGiven ? [] : [refusal('ENR-VAL-021', UIN_FIELD)];
}
