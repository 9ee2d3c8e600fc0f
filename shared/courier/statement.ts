/**
 * What the sender of a courier bundle says of one file, signed: for whom it is, which way it goes, and which file it is of
 * how many. It names the file's own stream, so it can't be put before other frames. What the entries say is signed by
 * itself; the statement tells early what does not belong here, and keeps a file from being shown as another.
 */
import { z } from 'zod';
import { type KeyPair, keyIdSchema, type PublicKey } from '../crypto/keys.ts';
import { sign, verifySignature } from '../crypto/signature.ts';
import { coreSignatureSchema, digestSchema, stationSchema, timeSchema } from '../schemas/common.ts';
import { MAX_SUCCESSIONS } from '../schemas/key-rotation.ts';

/** `up`: packets from a station to the core. `down`: the core's documents to a station. */
const DIRECTIONS = ['up', 'down'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** More than a stick holds. */
const MAX_FILES = 100_000;
/** Of one file. A reader stops behind as many as its statement says, so that no file keeps it for ever. */
export const MAX_FILE_ENTRIES = 1_000_000;

const bodySchema = z.strictObject({
  v: z.literal(1),
  direction: z.enum(DIRECTIONS),
  /** The station that it comes from, or goes to. */
  station: stationSchema,
  /** The sealing key that it is for. */
  receiver: keyIdSchema,
  /** SHA-256 of this file's prefix. */
  stream: digestSchema,
  /** Drawn at random for all files of one export. */
  bundle: z.string().regex(/^[0-9a-f]{32}$/),
  number: z.int().min(1).max(MAX_FILES),
  of: z.int().min(1).max(MAX_FILES),
  /** Records in this file, this one not counted. */
  entries: z.int().min(0).max(MAX_FILE_ENTRIES),
  at: timeSchema,
});

export const statementSchema = bodySchema
  .extend({
    signature: coreSignatureSchema,
    /** By the keys that the sender had before, where the receiver may not have heard of the present one. */
    earlierSignatures: z.array(coreSignatureSchema).min(1).max(MAX_SUCCESSIONS).optional(),
  })
  .refine(({ number, of }) => number <= of, 'a file more than there are');

export type StatementBody = z.infer<typeof bodySchema>;
export type Statement = z.infer<typeof statementSchema>;

/** @param earlier the newest first; what is older than a receiver can follow is left out */
export function signStatement(body: StatementBody, sender: KeyPair, earlier: readonly KeyPair[] = []): Statement {
  const signedBy = (key: KeyPair) => ({ keyId: key.keyId, value: sign('courier', body, key) });
  const earlierSignatures = earlier.slice(0, MAX_SUCCESSIONS).map(signedBy);
  const more = earlierSignatures.length > 0 ? { earlierSignatures } : {};
  return { ...bodySchema.parse(body), signature: signedBy(sender), ...more };
}

export function verifyStatement(statement: Statement, sender: PublicKey): boolean {
  const { signature, earlierSignatures = [], ...body } = statement;
  return [signature, ...earlierSignatures].some(
    ({ keyId, value }) => keyId === sender.keyId && verifySignature('courier', body, value, sender),
  );
}
