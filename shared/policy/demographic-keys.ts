/**
 * Keys under which one person's demographics are found again: a keyed hash of name, date of birth and gender for each
 * language of the name. Spelling in upper or lower case, spaces, punctuation and diacritics make no difference. The key
 * of the hash is the core's: without it nobody can try out names.
 */
import { createHmac } from 'node:crypto';
import type { FieldValue, Identity } from '../enrolment/enrolment.ts';

/** ISO 639-3 for a text that does not say its language. */
const UNDETERMINED = 'und';

/**
 * @param secret the core's key for this purpose, 32 bytes
 * @returns 64 hex digits for each language, in the languages' order; empty when one of the three fields is missing.
 */
export function demographicKeys(identity: Identity, secret: Uint8Array): string[] {
  const { fullName, dateOfBirth, gender } = identity;
  const names = typeof fullName === 'string' ? [{ language: UNDETERMINED, value: fullName }] : fullName;
  if (!Array.isArray(names) || typeof dateOfBirth !== 'string') return [];
  const sex = genderCode(gender);
  if (sex === undefined) return [];
  return [...names]
    .sort((a, b) => (a.language < b.language ? -1 : 1))
    .map(({ language, value }) => {
      const parts = [language, normaliseName(value), dateOfBirth, sex];
      return createHmac('sha256', secret).update(JSON.stringify(parts)).digest('hex');
    });
}

/** Lower case, without marks (accents, vowel signs), each run of anything but letters and digits as one space. */
export function normaliseName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** The gender's code. Where it is given by language, the code is the same in each. */
function genderCode(gender: FieldValue | undefined): string | undefined {
  if (typeof gender === 'string') return gender;
  if (!Array.isArray(gender)) return undefined;
  return gender[0]?.value;
}
