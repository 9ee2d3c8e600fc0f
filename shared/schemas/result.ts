/**
 * The result of a registration: what the person came for, sealed so that only the station that enrolled them can read
 * it, and signed by the core so that nobody else can have made it.
 */
import { z } from 'zod';
import { type KeyPair, keyIdSchema, type PublicKey } from '../crypto/keys.ts';
import { openSealed, sealFor } from '../crypto/sealed-box.ts';
import { sign, verifySignature } from '../crypto/signature.ts';
import { coreSignatureSchema, ridSchema, stationSchema, timeSchema } from './common.ts';

/** How much of the number the station may see, by the core's disclosure policy. */
const DISCLOSURES = ['full', 'masked'] as const;

const contentSchema = z.strictObject({
  rid: ridSchema,
  disclosure: z.enum(DISCLOSURES),
  /** The UIN as disclosed: all digits, or "*" for those that are masked. */
  uin: z.string().regex(/^[0-9*]{4,20}$/),
});

export type ResultContent = z.infer<typeof contentSchema>;

const bodySchema = z.strictObject({
  v: z.literal(1),
  rid: ridSchema,
  station: stationSchema,
  at: timeSchema,
  /** The station's key that `sealed` is for. */
  keyId: keyIdSchema,
  sealed: z.string().max(2048),
});

export const resultSchema = bodySchema.extend({ signature: coreSignatureSchema });
export type Result = z.infer<typeof resultSchema>;

export function resultId(rid: string): string {
  return `result:${rid}`;
}

export function sealResult(
  content: ResultContent,
  station: string,
  at: Date,
  reader: PublicKey,
  core: KeyPair,
): Result {
  const sealed = sealFor(reader, new TextEncoder().encode(JSON.stringify(contentSchema.parse(content))));
  const body = { v: 1 as const, rid: content.rid, station, at: at.toISOString(), keyId: reader.keyId, sealed };
  return { ...body, signature: { keyId: core.keyId, value: sign('result', body, core) } };
}

/** @returns undefined when the core did not sign it, it is not sealed for this station, or it is about another RID. */
export function openResult(result: Result, station: KeyPair, core: PublicKey): ResultContent | undefined {
  const { signature, ...body } = result;
  if (signature.keyId !== core.keyId || !verifySignature('result', body, signature.value, core)) return undefined;
  const opened = openSealed(station, result.sealed);
  if (!opened) return undefined;
  const content = contentSchema.safeParse(JSON.parse(new TextDecoder().decode(opened)));
  return content.success && content.data.rid === result.rid ? content.data : undefined;
}
