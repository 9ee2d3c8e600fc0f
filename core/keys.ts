/**
 * The core's secrets: what it signs with, what packets are sealed for, and what protects data at rest. They live in one
 * protected key file and are shared by every gateway and worker of the installation.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fromBase64Url, toBase64Url } from '@enroute/shared/crypto/encoding.ts';
import {
  type KeyPair,
  keyPairSchema,
  keyPairToJson,
  newSealingKeyPair,
  newSigningKeyPair,
  publicKeyOf,
} from '@enroute/shared/crypto/keys.ts';
import type { CoreCard } from '@enroute/shared/schemas/cards.ts';
import { type Succession, signSuccession, successionSchema } from '@enroute/shared/schemas/key-rotation.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { type KeyFileCost, readKeyFile, writeKeyFile } from '@enroute/sync/disk/key-file.ts';
import { z } from 'zod';
import type { Database, Doc } from './store/store.ts';

const SECRET_BYTES = 32;

/** A pair that the core had before, and the signed step from it to the next one. */
export interface EarlierCoreKeys {
  readonly signing: KeyPair;
  readonly sealing: KeyPair;
  readonly succession: Succession;
}

export interface CoreKeys {
  /** Names this core. Stations tell a restored core by another one. */
  readonly epoch: string;
  /** Higher in each epoch than in the ones before: stations tell by it which of two words is the later one. */
  readonly generation: number;
  readonly signing: KeyPair;
  /** What stations seal for. */
  readonly sealing: KeyPair;
  /**
   * Of before each rotation, the newest first, and every one of them: packets that were sealed for the oldest lie in the
   * vault, and what it has signed stands in the audit.
   */
  readonly earlier: readonly EarlierCoreKeys[];
  /** Encrypts identity records at rest. */
  readonly storage: Uint8Array;
  /** Key of the hashes by which demographics are compared. */
  readonly dedupe: Uint8Array;
}

const secretSchema = z.base64url().transform((text) => fromBase64Url(text));

const contentSchema = z.strictObject({
  epoch: z.string(),
  /** A key file that has none was made before there were any, and never renewed since. */
  generation: z.int().min(0).default(0),
  signing: keyPairSchema,
  sealing: keyPairSchema,
  earlier: z
    .array(z.strictObject({ signing: keyPairSchema, sealing: keyPairSchema, succession: successionSchema }))
    .default([]),
  storage: secretSchema,
  dedupe: secretSchema,
});

/** As it is written: what this version does not read of it stays as it is. */
const rotatableSchema = z.looseObject({ earlier: z.array(z.looseObject({})).default([]) });

/**
 * Opens the key file, or makes a new one with new keys when there is none yet.
 * @throws EnrouteError ENR-STN-005 when the passphrase is wrong.
 */
export async function openCoreKeys(path: string, passphrase: string, cost?: KeyFileCost): Promise<CoreKeys> {
  if (!existsSync(path)) {
    const content: z.input<typeof contentSchema> = {
      epoch: randomUUID(),
      generation: 0,
      signing: keyPairToJson(newSigningKeyPair()),
      sealing: keyPairToJson(newSealingKeyPair()),
      storage: toBase64Url(randomBytes(SECRET_BYTES)),
      dedupe: toBase64Url(randomBytes(SECRET_BYTES)),
    };
    await writeKeyFile(path, passphrase, content, cost);
  }
  return contentSchema.parse(await readKeyFile(path, passphrase));
}

/**
 * Above every generation that was given out before, as long as either the key file is not older than the last one, or
 * this machine's clock is not behind: a key file may be restored from a backup like everything else. Counted in
 * seconds, because those are above what counts by one.
 */
export function nextGeneration(generation: number, now: Date): number {
  return Math.max(generation, Math.floor(now.getTime() / 1000)) + 1;
}

/**
 * Gives the core a new epoch of a higher generation, durably; the keys stay. For a core that was restored from a
 * backup.
 * @throws EnrouteError ENR-STN-005 when the passphrase is wrong.
 */
export async function renewEpoch(path: string, passphrase: string, now: Date, cost?: KeyFileCost): Promise<string> {
  const renewable = z.looseObject({ epoch: z.string(), generation: contentSchema.shape.generation });
  const content = renewable.parse(await readKeyFile(path, passphrase));
  const epoch = randomUUID();
  const generation = nextGeneration(content.generation, now);
  await writeKeyFile(path, passphrase, { ...content, epoch, generation }, cost);
  return epoch;
}

/**
 * Gives the core new keys to sign with and to be sealed for, durably; epoch, storage and de-duplication keys stay. The
 * earlier ones stay in the file, for what is on its way. It counts from the next start on, of every process of this core:
 * they all need this file.
 * @returns the id of the new signing key.
 * @throws EnrouteError ENR-STN-005 when the passphrase is wrong.
 */
export async function rotateCoreKeys(path: string, passphrase: string, now: Date, cost?: KeyFileCost): Promise<string> {
  const raw = rotatableSchema.parse(await readKeyFile(path, passphrase));
  const before = contentSchema.parse(raw);
  const next = { signing: newSigningKeyPair(), sealing: newSealingKeyPair() };
  const succession = signSuccession(before.signing, next, now);
  const given = { signing: keyPairToJson(before.signing), sealing: keyPairToJson(before.sealing), succession };
  const [signing, sealing] = [keyPairToJson(next.signing), keyPairToJson(next.sealing)];
  await writeKeyFile(path, passphrase, { ...raw, signing, sealing, earlier: [given, ...raw.earlier] }, cost);
  return next.signing.keyId;
}

/** The pair of that id which packets and bundles were sealed for, present or earlier. */
export function sealingKeyFor(keys: Pick<CoreKeys, 'sealing' | 'earlier'>, keyId: string): KeyPair | undefined {
  return sealingKeysOf(keys).find((pair) => pair.keyId === keyId);
}

/** The present one first. */
export function sealingKeysOf({ sealing, earlier }: Pick<CoreKeys, 'sealing' | 'earlier'>): readonly KeyPair[] {
  return [sealing, ...earlier.map((before) => before.sealing)];
}

/** The present one first. */
export function signingKeysOf({ signing, earlier }: Pick<CoreKeys, 'signing' | 'earlier'>): readonly KeyPair[] {
  return [signing, ...earlier.map((before) => before.signing)];
}

/** What the core says of itself to stations. */
export function coreCardOf(keys: CoreKeys): CoreCard {
  return { v: 1, epoch: keys.epoch, signingKey: publicKeyOf(keys.signing), sealingKey: publicKeyOf(keys.sealing) };
}

const KEYS_ID = 'keys';

interface KeysDoc extends Doc {
  readonly signing: string;
  readonly sealing: string;
}

/**
 * The store knows whose it is: with other keys the core would know nobody again, and no station would believe it. After a
 * rotation the note follows the key file, and a machine that still has the file of before is refused.
 * @throws EnrouteError ENR-OPS-003 when the store belongs to other keys, or to later ones.
 */
export async function openKeysOfStore(path: string, passphrase: string, leases: Database): Promise<CoreKeys> {
  const noted = await leases.get<KeysDoc>(KEYS_ID);
  if (noted && !existsSync(path)) throw new EnrouteError('ENR-OPS-003', path);
  const keys = await openCoreKeys(path, passphrase);
  const own: KeysDoc = { _id: KEYS_ID, signing: keys.signing.keyId, sealing: keys.sealing.keyId };
  // With the revision that was read: of two machines that begin at the same time, one finds the other's.
  if (!noted || isEarlier(noted, keys)) await leases.write([{ ...own, ...(noted ? { _rev: noted._rev } : {}) }]);
  if (!(await areKeysOfStore(keys, leases))) throw new EnrouteError('ENR-OPS-003', path);
  return keys;
}

/** Whether the store is still theirs, and not that of later ones. */
export async function areKeysOfStore(
  { signing, sealing }: Pick<CoreKeys, 'signing' | 'sealing'>,
  leases: Database,
): Promise<boolean> {
  const holder = await leases.get<KeysDoc>(KEYS_ID);
  return holder?.signing === signing.keyId && holder.sealing === sealing.keyId;
}

function isEarlier(noted: KeysDoc, { earlier }: CoreKeys): boolean {
  return earlier.some(({ signing, sealing }) => signing.keyId === noted.signing && sealing.keyId === noted.sealing);
}
