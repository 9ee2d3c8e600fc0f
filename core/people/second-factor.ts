/**
 * Codes of an authenticator (TOTP, RFC 6238: SHA-1, six digits, thirty seconds, which is what every authenticator can do).
 * The secret is kept encrypted with a key of the core's, bound to the person; a code is good for one use, and for one step
 * before and after its own, since clocks differ.
 */
import { hkdfSync } from 'node:crypto';
import { decryptAtRest, encryptAtRest } from '@enroute/shared/crypto/at-rest.ts';
import { Secret, TOTP } from 'otpauth';
import { z } from 'zod';
import type { RandomBytes } from './secret-token.ts';

const ISSUER = 'Enroute';
const SECRET_BYTES = 20;
const STEP_SECONDS = 30;
const STEPS_OFF = 1;

const secretSchema = z.string();
const codeSchema = z.string().regex(/^\d{6}$/);

export interface OfferedFactor {
  /** "otpauth://…", for a QR code. */
  readonly uri: string;
  /** The same in base32, for typing. */
  readonly secret: string;
  readonly box: string;
}

export interface SecondFactors {
  offer(person: string): OfferedFactor;
  /**
   * The step that a code belongs to.
   * @param after the step of the last code that was used
   * @returns undefined when the code is wrong, or of that step or an earlier one.
   */
  stepOf(person: string, box: string, code: string | undefined, after: number): number | undefined;
}

export function openSecondFactors(storageKey: Uint8Array, now: () => Date, random: RandomBytes): SecondFactors {
  const key = new Uint8Array(hkdfSync('sha256', storageKey, '', 'enroute second factor v1', 32));
  const place = (person: string): string => `second-factor:${person}`;
  const totpOf = (person: string, secret: Secret): TOTP =>
    new TOTP({ issuer: ISSUER, label: person, secret, algorithm: 'SHA1', digits: 6, period: STEP_SECONDS });

  return {
    offer: (person) => {
      const bytes = random(SECRET_BYTES);
      const secret = new Secret({ buffer: new Uint8Array(bytes).buffer });
      return {
        uri: totpOf(person, secret).toString(),
        secret: secret.base32,
        box: encryptAtRest(secret.base32, place(person), key),
      };
    },
    stepOf: (person, box, code, after) => {
      if (code === undefined || !codeSchema.safeParse(code).success) return undefined;
      const base32 = secretSchema.parse(decryptAtRest(box, place(person), key));
      const totp = totpOf(person, Secret.fromBase32(base32));
      const timestamp = now().getTime();
      const delta = totp.validate({ token: code, timestamp, window: STEPS_OFF });
      if (delta === null) return undefined;
      const step = Math.floor(timestamp / (STEP_SECONDS * 1_000)) + delta;
      return step > after ? step : undefined;
    },
  };
}
