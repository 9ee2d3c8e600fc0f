/** A supervisor's refusal of an enrolment, signed, so that nobody can refuse in another's name. */
import { type KeyPair, keyIdSchema, type PublicKey } from '@enroute/shared/crypto/keys.ts';
import { sign, verifySignature } from '@enroute/shared/crypto/signature.ts';
import { personIdSchema, signatureValueSchema, timeSchema } from '@enroute/shared/schemas/common.ts';
import type { Manifest } from '@enroute/shared/schemas/manifest.ts';
import { z } from 'zod';

/** Words of a list, because free text about an enrolment would name the person sooner or later. */
export const REJECTION_REASONS = ['DEMOGRAPHICS', 'BIOMETRICS', 'DOCUMENTS', 'CONSENT', 'OTHER'] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

export const rejectionSchema = z.strictObject({
  by: personIdSchema,
  /** By the station's clock. */
  at: timeSchema,
  reason: z.enum(REJECTION_REASONS),
  keyId: keyIdSchema,
  signature: signatureValueSchema,
});

export type Rejection = z.infer<typeof rejectionSchema>;

const statement = ({ rid, packet }: Manifest, { by, at, reason }: Pick<Rejection, 'by' | 'at' | 'reason'>) => ({
  rid,
  digest: packet.digest,
  by,
  at,
  reason,
});

export function signRejection(
  manifest: Manifest,
  decision: Pick<Rejection, 'by' | 'at' | 'reason'>,
  key: KeyPair,
): Rejection {
  return { ...decision, keyId: key.keyId, signature: sign('rejection', statement(manifest, decision), key) };
}

export function verifyRejection(manifest: Manifest, rejection: Rejection, key: PublicKey): boolean {
  const { keyId, signature } = rejection;
  return keyId === key.keyId && verifySignature('rejection', statement(manifest, rejection), signature, key);
}
