/**
 * Who the station is: its keys, in a protected key file. A station makes its own keys; the secret halves never leave it. Its
 * people are in people.ts, the core that it trusts in trusted-core.ts, and how it changes its keys in key-rotation.ts.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type KeyPair,
  keyPairSchema,
  keyPairToJson,
  newSealingKeyPair,
  newSigningKeyPair,
  type PublicKey,
  publicKeyOf,
  publicKeySchema,
} from '@enroute/shared/crypto/keys.ts';
import type { PersonRole, StationCard } from '@enroute/shared/schemas/cards.ts';
import { stationSchema } from '@enroute/shared/schemas/common.ts';
import type { StationKeys } from '@enroute/shared/schemas/station-enrolment.ts';
import { type KeyFileCost, readKeyFile, writeKeyFile } from '@enroute/sync/disk/key-file.ts';
import { z } from 'zod';
import { personCards } from './people.ts';

export interface StationIdentity {
  readonly station: string;
  readonly signing: KeyPair;
  readonly sealing: KeyPair;
  /** Of before each rotation, the newest first. */
  readonly earlier?: readonly EarlierStationKeys[];
  /** Of a rotation that was begun, and that the core may or may not have heard of. */
  readonly next?: StationKeys | undefined;
}

/** What is signed already is known by the public key; what was sealed for the station has to be opened still. */
export interface EarlierStationKeys {
  readonly signingKey: PublicKey;
  readonly sealing: KeyPair;
}

const keysSchema = z.strictObject({ signing: keyPairSchema, sealing: keyPairSchema });
const identitySchema = keysSchema.extend({
  station: stationSchema,
  earlier: z.array(z.strictObject({ signingKey: publicKeySchema, sealing: keyPairSchema })).default([]),
  next: keysSchema.optional(),
});

const identityPath = (folder: string): string => join(folder, 'station-keys.json');

export function hasIdentity(folder: string): boolean {
  return existsSync(identityPath(folder));
}

/**
 * Makes the station's keys.
 * @param cost another one than in the field is for tests only
 * @throws Error when it has some already: they are never replaced by accident.
 */
export async function createIdentity(
  folder: string,
  station: string,
  passphrase: string,
  cost?: KeyFileCost,
): Promise<StationIdentity> {
  if (hasIdentity(folder)) throw new Error(`There is a station in ${folder} already; its keys are kept.`);
  const identity = {
    station: stationSchema.parse(station),
    signing: newSigningKeyPair(),
    sealing: newSealingKeyPair(),
    earlier: [],
  };
  await writeIdentity(folder, passphrase, identity, cost);
  return identity;
}

/** Writes the key file durably, in place of the one before. */
export async function writeIdentity(
  folder: string,
  passphrase: string,
  identity: StationIdentity,
  cost?: KeyFileCost,
): Promise<void> {
  const { station, earlier = [], next } = identity;
  const content: z.input<typeof identitySchema> = {
    station,
    ...keysToJson(identity),
    earlier: earlier.map(({ signingKey, sealing }) => ({ signingKey, sealing: keyPairToJson(sealing) })),
    ...(next ? { next: keysToJson(next) } : {}),
  };
  await writeKeyFile(identityPath(folder), passphrase, content, cost);
}

function keysToJson({ signing, sealing }: StationKeys): z.input<typeof keysSchema> {
  return { signing: keyPairToJson(signing), sealing: keyPairToJson(sealing) };
}

/** The keys that may have signed what lies here, the present one first. */
export function ownSigningKeys({ signing, earlier = [] }: StationIdentity): readonly PublicKey[] {
  return [publicKeyOf(signing), ...earlier.map(({ signingKey }) => signingKey)];
}

/** The keys that something may be sealed for, the present one first. The core may know of the next before we hear so. */
export function openingKeysOf({ sealing, earlier = [], next }: StationIdentity): readonly KeyPair[] {
  return [sealing, ...earlier.map((before) => before.sealing), ...(next ? [next.sealing] : [])];
}

/** The one of them that something was sealed for; the present one, which will not open it, when it is none of them. */
export function openingKey(identity: StationIdentity, keyId: string): KeyPair {
  return openingKeysOf(identity).find((pair) => pair.keyId === keyId) ?? identity.sealing;
}

/** @throws EnrouteError ENR-STN-005 when the passphrase is wrong. */
export async function openIdentity(folder: string, passphrase: string): Promise<StationIdentity> {
  return identitySchema.parse(await readKeyFile(identityPath(folder), passphrase));
}

/** What the administrator registers at the core. Holds public keys only. */
export async function stationCardOf(folder: string, identity: StationIdentity): Promise<StationCard> {
  const people = await personCards(folder);
  const having = (role: PersonRole): StationCard['operators'] =>
    people.filter(({ roles }) => roles.includes(role)).map(({ id, signingKey }) => ({ id, signingKey }));
  return {
    v: 1,
    station: identity.station,
    signingKey: publicKeyOf(identity.signing),
    sealingKey: publicKeyOf(identity.sealing),
    operators: having('operator'),
    supervisors: having('supervisor'),
  };
}
