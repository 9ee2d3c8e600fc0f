/**
 * Receipts: what the core states about a packet, signed. RECEIVED: the bytes are durable and verified. OUTCOME: the
 * registration has ended, and how. Only an OUTCOME receipt ever lets a station delete a packet.
 */
import { z } from 'zod';
import type { KeyPair, PublicKey } from '../crypto/keys.ts';
import { sign, verifySignature } from '../crypto/signature.ts';
import { TERMINAL_STATES } from '../registration/states.ts';
import { coreSignatureSchema, digestSchema, ridSchema, stationSchema, statusCodeSchema, timeSchema } from './common.ts';

const common = {
  v: z.literal(1),
  rid: ridSchema,
  station: stationSchema,
  /** Digest of the packet that this is about. */
  digest: digestSchema,
  at: timeSchema,
  /** The core's epoch, by which stations tell a restored core from the one before. */
  epoch: z.string().min(1).max(64),
};

const bodySchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('RECEIVED') }),
  z.strictObject({ ...common, kind: z.literal('OUTCOME'), outcome: z.enum(TERMINAL_STATES), code: statusCodeSchema }),
]);

export type ReceiptBody = z.infer<typeof bodySchema>;
export type Receipt = ReceiptBody & { readonly signature: z.infer<typeof coreSignatureSchema> };

export const receiptSchema: z.ZodType<Receipt> = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('RECEIVED'), signature: coreSignatureSchema }),
  z.strictObject({
    ...common,
    kind: z.literal('OUTCOME'),
    outcome: z.enum(TERMINAL_STATES),
    code: statusCodeSchema,
    signature: coreSignatureSchema,
  }),
]);

export function receiptId(rid: string, kind: ReceiptBody['kind']): string {
  return `receipt:${rid}:${kind}`;
}

export function signReceipt(body: ReceiptBody, core: KeyPair): Receipt {
  return { ...body, signature: { keyId: core.keyId, value: sign('receipt', body, core) } };
}

export function verifyReceipt(receipt: Receipt, core: PublicKey): boolean {
  const { signature, ...body } = receipt;
  return signature.keyId === core.keyId && verifySignature('receipt', body, signature.value, core);
}
