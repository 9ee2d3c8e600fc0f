/**
 * The manifest: the small signed document that announces a packet. It travels ahead of the bytes, so the core knows
 * the wave before it comes, and it is what the signatures of station, operator and supervisor stand on.
 */
import { z } from 'zod';
import { type KeyPair, keyIdSchema, type PublicKey } from '../crypto/keys.ts';
import { sign, verifySignature } from '../crypto/signature.ts';
import { PROCESSES } from '../enrolment/enrolment.ts';
import { MAX_PACKET_BYTES } from '../packet/format.ts';
import { digestSchema, personIdSchema, ridSchema, signatureValueSchema, stationSchema, timeSchema } from './common.ts';

const SIGNER_ROLES = ['station', 'operator', 'supervisor'] as const;
export type SignerRole = (typeof SIGNER_ROLES)[number];

export const PRIORITIES = ['urgent', 'normal'] as const;

const bodySchema = z.strictObject({
  v: z.literal(1),
  rid: ridSchema,
  process: z.enum(PROCESSES),
  station: stationSchema,
  operator: personIdSchema,
  createdAt: timeSchema,
  packet: z.strictObject({
    digest: digestSchema,
    bytes: z.int().positive().max(MAX_PACKET_BYTES),
    keyId: keyIdSchema,
  }),
  priority: z.enum(PRIORITIES),
  /** For a CORRECTION: the registration that it corrects. */
  corrects: ridSchema.optional(),
});

export const manifestSchema = bodySchema
  .extend({
    signatures: z
      .array(
        z.strictObject({
          role: z.enum(SIGNER_ROLES),
          /** Who signed: the station's number, or the person's id. */
          signer: z.string().min(1).max(64),
          keyId: keyIdSchema,
          value: signatureValueSchema,
        }),
      )
      .min(1)
      .max(SIGNER_ROLES.length),
  })
  .refine((manifest) => (manifest.process === 'CORRECTION') === (manifest.corrects !== undefined), {
    message: 'a correction, and nothing else, names what it corrects',
  });

export type ManifestBody = z.infer<typeof bodySchema>;
export type Manifest = z.infer<typeof manifestSchema>;

export interface Signer {
  readonly role: SignerRole;
  readonly signer: string;
  readonly key: KeyPair;
}

export function manifestId(rid: string): string {
  return `manifest:${rid}`;
}

export function signManifest(body: ManifestBody, signers: readonly Signer[]): Manifest {
  return manifestSchema.parse({ ...body, signatures: signers.map((signer) => signatureOf(body, signer)) });
}

/** The manifest with one signature more; one of that role that was there before is replaced. */
export function countersign(manifest: Manifest, signer: Signer): Manifest {
  const { signatures, ...body } = manifest;
  const others = signatures.filter(({ role }) => role !== signer.role);
  return manifestSchema.parse({ ...body, signatures: [...others, signatureOf(body, signer)] });
}

function signatureOf(body: ManifestBody, { role, signer, key }: Signer): Manifest['signatures'][number] {
  return { role, signer, keyId: key.keyId, value: sign('manifest', { ...body, role, signer }, key) };
}

/** True when that role signed, as that signer, with that key. */
export function isSignedBy(manifest: Manifest, role: SignerRole, signer: string, key: PublicKey): boolean {
  const { signatures, ...body } = manifest;
  const signature = signatures.find((one) => one.role === role && one.signer === signer && one.keyId === key.keyId);
  return signature !== undefined && verifySignature('manifest', { ...body, role, signer }, signature.value, key);
}
