/**
 * Who the station is: its keys, in a protected key file, and the core that it trusts. A station makes its own keys; the
 * secret halves never leave it. Its people are in people.ts.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type KeyPair,
  keyPairSchema,
  keyPairToJson,
  newSealingKeyPair,
  newSigningKeyPair,
  publicKeyOf,
} from '@enroute/shared/crypto/keys.ts';
import { type CoreCard, coreCardSchema, type PersonRole, type StationCard } from '@enroute/shared/schemas/cards.ts';
import { stationSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { writeDurably } from '@enroute/sync/disk/durable-file.ts';
import { readKeyFile, writeKeyFile } from '@enroute/sync/disk/key-file.ts';
import { z } from 'zod';
import { personCards } from './people.ts';

export interface StationIdentity {
  readonly station: string;
  readonly signing: KeyPair;
  readonly sealing: KeyPair;
}

const identitySchema = z.strictObject({ station: stationSchema, signing: keyPairSchema, sealing: keyPairSchema });

const identityPath = (folder: string): string => join(folder, 'station-keys.json');
const cardPath = (folder: string): string => join(folder, 'core-card.json');

export function hasIdentity(folder: string): boolean {
  return existsSync(identityPath(folder));
}

/** Makes the station's keys. @throws Error when it has some already: they are never replaced by accident. */
export async function createIdentity(folder: string, station: string, passphrase: string): Promise<StationIdentity> {
  if (hasIdentity(folder)) throw new Error(`There is a station in ${folder} already; its keys are kept.`);
  const identity = {
    station: stationSchema.parse(station),
    signing: newSigningKeyPair(),
    sealing: newSealingKeyPair(),
  };
  await writeKeyFile(identityPath(folder), passphrase, {
    station,
    signing: keyPairToJson(identity.signing),
    sealing: keyPairToJson(identity.sealing),
  } satisfies z.input<typeof identitySchema>);
  return identity;
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

/** From now on this core is the one that the station seals for and believes. */
export async function trustCore(folder: string, card: CoreCard): Promise<void> {
  await writeJson(cardPath(folder), coreCardSchema.parse(card));
}

/** @throws EnrouteError ENR-STN-004 when the station was not registered with a core yet. */
export async function trustedCore(folder: string): Promise<CoreCard> {
  if (!existsSync(cardPath(folder))) throw new EnrouteError('ENR-STN-004');
  return coreCardSchema.parse(JSON.parse(await readFile(cardPath(folder), 'utf8')));
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeDurably(path, Buffer.from(`${JSON.stringify(value, null, 2)}\n`));
}
