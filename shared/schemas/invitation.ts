/**
 * The enrolment token: what an administrator hands to a new station, as text or as a QR code. It holds a secret that
 * works once and for a short while, and by which core's key the station knows that it has reached the right one.
 *
 * The secret never travels again and does not stand in the core's store: it is the seed of a key pair. The station signs
 * its enrolment with it; the core keeps the public half alone, from which the secret can't be found.
 */
import { z } from 'zod';
import { fromBase64Url, toBase64Url } from '../crypto/encoding.ts';
import { type KeyPair, type PublicKey, publicKeyOfBytes, signingKeyPairOf } from '../crypto/keys.ts';
import { sodium } from '../crypto/sodium.ts';
import { EnrouteError } from '../status/enroute-error.ts';
import { stationSchema } from './common.ts';

const PREFIX = 'enr1.';
export const INVITATION_SECRET_BYTES = 20;
/** Far more than any has, and still a QR code. */
const MAX_TOKEN_CHARACTERS = 2_000;

const tokenSchema = z.strictObject({
  v: z.literal(1),
  /** The gateway's address as stations reach it. */
  url: z.url({ protocol: /^https?$/ }).max(512),
  station: stationSchema,
  /** The core's signing key: 32 bytes in base64url. */
  core: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** 20 random bytes in base64url. */
  secret: z.string().regex(/^[A-Za-z0-9_-]{27}$/),
  /** SHA-256 (hex) of the certificate of the authority that the gateway's is from, where it is the country's own. */
  ca: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

export type InvitationToken = z.infer<typeof tokenSchema>;

export function formatInvitation(token: InvitationToken): string {
  return `${PREFIX}${toBase64Url(new TextEncoder().encode(JSON.stringify(tokenSchema.parse(token))))}`;
}

/**
 * @param text as it was typed or scanned; whitespace that a mail or a terminal has put in is left out
 * @throws EnrouteError ENR-TRU-001 when it is no token, or not all of one.
 */
export function parseInvitation(text: string): InvitationToken {
  const compact = text.replace(/\s+/g, '');
  if (!compact.startsWith(PREFIX) || compact.length > MAX_TOKEN_CHARACTERS) throw new EnrouteError('ENR-TRU-001');
  try {
    const json = new TextDecoder().decode(fromBase64Url(compact.slice(PREFIX.length)));
    return tokenSchema.parse(JSON.parse(json));
  } catch {
    // What the parsers say would quote the secret.
    throw new EnrouteError('ENR-TRU-001');
  }
}

/** The key pair that a token's secret is the seed of. */
export function invitationKeyOf({ secret, station }: Pick<InvitationToken, 'secret' | 'station'>): KeyPair {
  const purpose = new TextEncoder().encode(`enroute invitation v1\n${station}\n`);
  const seed = sodium.crypto_generichash(32, new Uint8Array([...purpose, ...fromBase64Url(secret)]), null);
  return signingKeyPairOf(seed);
}

/** The core that a token names. */
export function invitingCore({ core }: Pick<InvitationToken, 'core'>): PublicKey {
  return publicKeyOfBytes(fromBase64Url(core));
}
