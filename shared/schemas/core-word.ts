/**
 * The core's word on itself, signed for one station: which epoch this is, and how far the core has seen that station's
 * RIDs. A core that was restored from a backup says another epoch; a station that hears it offers again what it still
 * holds. A station that was set up anew learns from it which RIDs are taken.
 */
import { z } from 'zod';
import { sha256Hex } from '../crypto/digest.ts';
import type { KeyPair, PublicKey } from '../crypto/keys.ts';
import { sign, verifySignature } from '../crypto/signature.ts';
import { coreSignatureSchema, ridSchema, stationSchema, timeSchema } from './common.ts';

const epochSchema = z.string().min(1).max(64);

const bodySchema = z.strictObject({
  v: z.literal(1),
  station: stationSchema,
  epoch: epochSchema,
  /** The station's RID with the highest sequence number that the core knows; null when it knows none. */
  highestRid: ridSchema.nullable(),
  /**
   * Higher in each epoch than in the ones before. Of two words the one of the higher generation counts, whatever `at`
   * says.
   */
  generation: z.int().min(0),
  /** By the core's clock, which may have been wrong. */
  at: timeSchema,
});

export const coreWordSchema = bodySchema.extend({ signature: coreSignatureSchema });

export type CoreWordBody = z.infer<typeof bodySchema>;
export type CoreWord = z.infer<typeof coreWordSchema>;

export function signCoreWord(body: CoreWordBody, core: KeyPair): CoreWord {
  return { ...body, signature: { keyId: core.keyId, value: sign('core-word', body, core) } };
}

export function verifyCoreWord(word: CoreWord, core: PublicKey): boolean {
  const { signature, ...body } = word;
  return signature.keyId === core.keyId && verifySignature('core-word', body, signature.value, core);
}

const TAG_DIGITS = 8;

/** Short enough to stand before every place in a feed. */
export function epochTag(epoch: string): string {
  return sha256Hex(epoch).slice(0, TAG_DIGITS);
}
