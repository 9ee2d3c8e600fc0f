/** Secrets of 256 bits that are shown once: sessions, sign-in links, services. What is kept is a hash; there is nothing to guess. */
import { randomBytes } from 'node:crypto';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';

const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export type RandomBytes = (bytes: number) => Uint8Array;

export function newToken(random: RandomBytes = randomBytes): string {
  return Buffer.from(random(TOKEN_BYTES)).toString('base64url');
}

export function isToken(text: unknown): text is string {
  return typeof text === 'string' && TOKEN.test(text);
}

/** What is kept of a token, and what it is found by: the time of looking it up tells nothing of the token. */
export function tokenHash(token: string): string {
  return sha256Hex(token);
}
