/**
 * How a machine becomes a station: it shows its card and proves that it was invited (the token's key), that the card's
 * signing key is its own (a signature) and that the sealing key is, too (a box for that very core). All of it in one
 * request, which may be repeated: the core's signed answer to the same keys is the same.
 */
import { z } from 'zod';
import { type KeyPair, keyIdSchema, type PublicKey } from '../crypto/keys.ts';
import { POSSESSION_CHARACTERS, provePossession, verifyPossession } from '../crypto/possession.ts';
import { sign, verifySignature } from '../crypto/signature.ts';
import { coreCardSchema, type StationCard, stationCardSchema } from './cards.ts';
import { coreSignatureSchema, signatureValueSchema, stationSchema, timeSchema } from './common.ts';

/** Card of a thousand people in both roles. */
export const MAX_ENROLMENT_BYTES = 512 * 1024;

export const ENROLMENTS_PATH = 'enrolments';

export const possessionSchema = z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${POSSESSION_CHARACTERS}}$`));

const bodySchema = z.strictObject({
  v: z.literal(1),
  /** Id of the core's key that the token names: a request for one core is of no use to another. */
  core: keyIdSchema,
  card: stationCardSchema,
});

export const stationEnrolmentSchema = bodySchema.extend({
  proofs: z.strictObject({
    invitation: signatureValueSchema,
    signing: signatureValueSchema,
    sealing: possessionSchema,
  }),
});

export type StationEnrolment = z.infer<typeof stationEnrolmentSchema>;

const PURPOSE = 'station-enrolment';

export interface StationKeys {
  readonly signing: KeyPair;
  readonly sealing: KeyPair;
}

export function signEnrolment(
  card: StationCard,
  keys: StationKeys,
  invitation: KeyPair,
  core: PublicKey,
): StationEnrolment {
  const body = { v: 1 as const, core: core.keyId, card };
  return {
    ...body,
    proofs: {
      invitation: sign(PURPOSE, body, invitation),
      signing: sign(PURPOSE, body, keys.signing),
      sealing: provePossession(PURPOSE, body, keys.sealing, core),
    },
  };
}

/** True when whoever made it has the token. */
export function isInvitedBy({ proofs, ...body }: StationEnrolment, invitation: PublicKey): boolean {
  return verifySignature(PURPOSE, body, proofs.invitation, invitation);
}

/** True when whoever made it has the secret halves of both keys of the card. */
export function holdsItsKeys({ proofs, ...body }: StationEnrolment, core: KeyPair): boolean {
  const { card } = body;
  return (
    body.core === core.keyId &&
    verifySignature(PURPOSE, body, proofs.signing, card.signingKey) &&
    verifyPossession(PURPOSE, body, proofs.sealing, card.sealingKey, core)
  );
}

const enrolledBodySchema = z.strictObject({
  v: z.literal(1),
  station: stationSchema,
  /** Of the station's keys that were taken. */
  signingKeyId: keyIdSchema,
  sealingKeyId: keyIdSchema,
  /** What the core is now: after a rotation, another key than the one in the token. */
  core: coreCardSchema,
  at: timeSchema,
});

export const stationEnrolledSchema = enrolledBodySchema.extend({ signature: coreSignatureSchema });
export type StationEnrolled = z.infer<typeof stationEnrolledSchema>;

export function signEnrolled(body: z.infer<typeof enrolledBodySchema>, core: KeyPair): StationEnrolled {
  return { ...body, signature: { keyId: core.keyId, value: sign('station-enrolled', body, core) } };
}

/** True when the core of the token says so, of this station and these keys. */
export function isEnrolledAs(enrolled: StationEnrolled, card: StationCard, core: PublicKey): boolean {
  const { signature, ...body } = enrolled;
  return (
    body.station === card.station &&
    body.signingKeyId === card.signingKey.keyId &&
    body.sealingKeyId === card.sealingKey.keyId &&
    signature.keyId === core.keyId &&
    verifySignature('station-enrolled', body, signature.value, core)
  );
}
