/** What a password must be: long. Kinds of characters are not asked for; they make passwords that people write down. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';

const LEAST_CHARACTERS = 12;
/** argon2id takes any length; a request should not. */
export const MAX_PASSWORD_CHARACTERS = 256;
/** Fewer different characters than this are a pattern, e.g. "aaaaaaaaaaaa". */
const LEAST_DIFFERENT = 5;

/** Of the passwords that everybody tries first, those that are long enough to be taken otherwise. */
const COMMON: ReadonlySet<string> = new Set([
  '123456789012',
  '1234567890123',
  '12345678901234',
  '123456789101112',
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  '1qaz2wsx3edc4rfv',
  'abcdefghijkl',
  'administrator',
  'adminadminadmin',
  'changemechangeme',
  'correcthorsebatterystaple',
  'enrouteenroute',
  'iloveyouiloveyou',
  'letmeinletmein',
  'password1234',
  'password12345',
  'password123456',
  'passwordpassword',
  'passw0rdpassw0rd',
  'q1w2e3r4t5y6',
  'qwerty123456',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwertyuiopasdfghjkl',
  'qwertyuiopasdfghjklzxcvbnm',
  'welcome12345',
  'welcomewelcome',
]);

/** @throws EnrouteError ENR-PPL-008 when it is no password for this person. */
export function requireGoodPassword(password: string, person: string): void {
  const normal = password.normalize('NFKC');
  const plain = normal.toLowerCase().replaceAll(/\s/g, '');
  const length = [...normal].length;
  const bad =
    length < LEAST_CHARACTERS ||
    length > MAX_PASSWORD_CHARACTERS ||
    new Set(normal).size < LEAST_DIFFERENT ||
    plain === person.toLowerCase() ||
    COMMON.has(plain);
  if (bad) throw new EnrouteError('ENR-PPL-008');
}
