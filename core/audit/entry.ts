/**
 * One entry of the audit: who did what, with what outcome. Entries form a chain per writer, which is one run of a process:
 * each holds the hash of the one before and is signed by the core, so none can be changed, taken out, put in or moved
 * without its being found. A chain that is cut off at its end looks whole by itself; so the first entry of each writer
 * names the ends of the chains that it found.
 */
import { canonicalDigest } from '@enroute/shared/crypto/canonical-digest.ts';
import { type KeyPair, keyIdSchema, type PublicKey } from '@enroute/shared/crypto/keys.ts';
import { sign, verifySignature } from '@enroute/shared/crypto/signature.ts';
import { digestSchema, signatureValueSchema, timeSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import type { Doc } from '../store/store.ts';

export const writerSchema = z.string().regex(/^[0-9a-f]{32}$/);

/** Short and printable: an entry holds names of things, never what somebody has typed. */
const shortText = (most: number) =>
  z
    .string()
    .regex(/^[\x20-\x7e]*$/)
    .max(most);

/** An entry at the end of a chain, as others name it. */
export const headSchema = z.strictObject({
  writer: writerSchema,
  n: z.int().positive(),
  at: timeSchema,
  hash: digestSchema,
});
export type Head = z.infer<typeof headSchema>;

/** What happened, as whoever did it tells it. */
export const noteSchema = z.strictObject({
  /** A person, "service:<name>", "anyone" for somebody unknown, or the command line. */
  by: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9:._-]{0,79}$/),
  /** e.g. "station.suspend" */
  act: z.string().regex(/^[a-z][a-z0-9.-]{0,59}$/),
  /** What it was done to, e.g. "station 1000110077". No personal data, no secret. */
  done: shortText(200).optional(),
  /** 'begun' before it is carried out; 'done', or the code that it was refused with. */
  outcome: z.string().regex(/^(?:begun|done|ENR-[A-Z]{3}-\d{3})$/),
  address: shortText(64).optional(),
  requestId: shortText(64).optional(),
});

const contentSchema = noteSchema.extend({
  v: z.literal(1),
  writer: writerSchema,
  n: z.int().positive(),
  at: timeSchema,
  /** Of the entry before; empty in a writer's first. */
  previous: z.union([digestSchema, z.literal('')]),
  /** In a writer's first entry alone. */
  heads: z.array(headSchema).max(1_000).optional(),
});

export const entrySchema = contentSchema
  .extend({ hash: digestSchema, keyId: keyIdSchema, signature: signatureValueSchema })
  .refine(({ n, heads, previous }) => (n === 1) === (heads !== undefined) && (n === 1) === (previous === ''));

type Content = z.infer<typeof contentSchema>;
export type Entry = z.infer<typeof entrySchema>;
export type EntryDoc = Entry & Doc;

/** Entries lie in the order of time, whoever wrote them: to list the newest is one range. */
export const EVERY_ENTRY = { start: '0', end: ':' } as const;

/** A writer's times never go back, so its entries lie in the order of their numbers, too. */
export function entryId({ at, writer, n }: Pick<Entry, 'at' | 'writer' | 'n'>): string {
  return `${at}~${writer}~${String(n).padStart(10, '0')}`;
}

export function headOf({ writer, n, at, hash }: Entry): Head {
  return { writer, n, at, hash };
}

export function signEntry(content: Content, key: KeyPair): EntryDoc {
  const hash = canonicalDigest(content);
  const signature = sign('audit', { v: 1, hash }, key);
  return { _id: entryId(content), ...content, hash, keyId: key.keyId, signature };
}

/** What is wrong with an entry by itself; undefined when nothing is. */
export function entryProblem(id: string, entry: Entry, keys: ReadonlyMap<string, PublicKey>): string | undefined {
  const { hash, keyId, signature, ...content } = entry;
  if (entryId(entry) !== id) return 'does not stand in its own place';
  if (canonicalDigest(content) !== hash) return 'was altered';
  const key = keys.get(keyId);
  if (!key) return 'is signed with a key that is not the core’s';
  return verifySignature('audit', { v: 1, hash }, signature, key) ? undefined : 'has a signature that does not hold';
}
