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

/** Accents and vowel signs that people may leave out. In other scripts a mark is the sound itself: it makes another name. */
const OPTIONAL_MARKS =
  /([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}])\p{M}+/gu;

/** Lower case, without optional marks, each run of anything but letters, marks and digits as one space. */
export function normaliseName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(OPTIONAL_MARKS, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}

/** The gender's code. Where it differs by language, that of the first language by name, so that no order matters. */
function genderCode(gender: FieldValue | undefined): string | undefined {
  if (typeof gender === 'string') return gender;
  if (!Array.isArray(gender)) return undefined;
  return [...gender].sort((a, b) => (a.language < b.language ? -1 : 1))[0]?.value;
}
