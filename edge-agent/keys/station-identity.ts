/**
 * Who the station is: its keys, in a protected key file, and the core that it trusts. A station makes its own keys; the
 * secret halves never leave it.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
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
import { type CoreCard, coreCardSchema, type StationCard } from '@enroute/shared/schemas/cards.ts';
import { personIdSchema, stationSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { writeDurably } from '@enroute/sync/disk/durable-file.ts';
import { readKeyFile, writeKeyFile } from '@enroute/sync/disk/key-file.ts';
import { z } from 'zod';

export interface StationIdentity {
  readonly station: string;
  readonly signing: KeyPair;
  readonly sealing: KeyPair;
}

/** An operator who has given the password: able to sign. */
export interface OperatorSession {
  readonly id: string;
  readonly key: KeyPair;
}

const identitySchema = z.strictObject({ station: stationSchema, signing: keyPairSchema, sealing: keyPairSchema });
const operatorSchema = z.strictObject({ id: personIdSchema, signing: keyPairSchema });
const operatorCardSchema = z.strictObject({ id: personIdSchema, signingKey: publicKeySchema });

const identityPath = (folder: string): string => join(folder, 'station-keys.json');
const cardPath = (folder: string): string => join(folder, 'core-card.json');
const operatorsFolder = (folder: string): string => join(folder, 'operators');
const operatorPath = (folder: string, id: string): string => join(operatorsFolder(folder), `${id}.key.json`);
const operatorCardPath = (folder: string, id: string): string => join(operatorsFolder(folder), `${id}.card.json`);

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

/** True when the operator has a key here. The card is written last. */
export function hasOperator(folder: string, id: string): boolean {
  return existsSync(operatorCardPath(folder, id));
}

/**
 * Makes a key for an operator, opened by the operator's own password.
 * @throws Error when the operator has one already: the core knows that one, and would refuse what another has signed.
 */
export async function createOperator(folder: string, id: string, password: string): Promise<OperatorSession> {
  if (hasOperator(folder, personIdSchema.parse(id))) throw new Error(`Operator ${id} has a key already; it is kept.`);
  const key = newSigningKeyPair();
  const operator: z.input<typeof operatorSchema> = { id, signing: keyPairToJson(key) };
  await writeKeyFile(operatorPath(folder, id), password, operator);
  await writeJson(operatorCardPath(folder, id), { id, signingKey: publicKeyOf(key) });
  return { id, key };
}

/** @throws EnrouteError ENR-STN-005 when there is no such operator or the password is wrong: which of the two is not said. */
export async function signIn(folder: string, id: string, password: string): Promise<OperatorSession> {
  if (!personIdSchema.safeParse(id).success || !existsSync(operatorPath(folder, id))) {
    throw new EnrouteError('ENR-STN-005');
  }
  const operator = operatorSchema.parse(await readKeyFile(operatorPath(folder, id), password));
  return { id: operator.id, key: operator.signing };
}

/** What the administrator registers at the core. Holds public keys only. */
export async function stationCardOf(folder: string, identity: StationIdentity): Promise<StationCard> {
  return {
    v: 1,
    station: identity.station,
    signingKey: publicKeyOf(identity.signing),
    sealingKey: publicKeyOf(identity.sealing),
    operators: await operatorCards(folder),
  };
}

async function operatorCards(folder: string): Promise<{ id: string; signingKey: PublicKey }[]> {
  const names = await readdir(operatorsFolder(folder)).catch(() => []);
  const cards = names.filter((name) => name.endsWith('.card.json')).sort();
  const read = async (name: string) => {
    return operatorCardSchema.parse(JSON.parse(await readFile(join(operatorsFolder(folder), name), 'utf8')));
  };
  return Promise.all(cards.map(read));
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
