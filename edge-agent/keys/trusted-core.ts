/**
 * The core that the station trusts: what it seals for, and by whose signature it believes. The core's keys change; those of
 * before stay, for what they have signed already is still on its way.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PublicKey, publicKeySchema } from '@enroute/shared/crypto/keys.ts';
import { type CoreCard, coreCardSchema } from '@enroute/shared/schemas/cards.ts';
import { followSuccessions, MAX_SUCCESSIONS, type Succession } from '@enroute/shared/schemas/key-rotation.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { writeDurably } from '@enroute/sync/disk/durable-file.ts';
import { z } from 'zod';

export interface TrustedCore extends CoreCard {
  /** With which it has signed before, the newest first. */
  readonly earlierSigningKeys?: readonly PublicKey[];
}

const trustedCoreSchema = coreCardSchema.extend({ earlierSigningKeys: z.array(publicKeySchema).default([]) });

const cardPath = (folder: string): string => join(folder, 'core-card.json');

/**
 * From now on this core is the one that the station seals for and believes. When it is the one of before with new keys,
 * what it has signed with those of before is still believed.
 */
export async function trustCore(folder: string, card: CoreCard): Promise<void> {
  const before = existsSync(cardPath(folder)) ? await trustedCore(folder) : undefined;
  const isTheSame = before?.epoch === card.epoch;
  const known = before && isTheSame ? signingKeysOf(before) : [];
  await writeTrustedCore(folder, withEarlier(coreCardSchema.parse(card), known));
}

/** @throws EnrouteError ENR-STN-004 when the station was not registered with a core yet. */
export async function trustedCore(folder: string): Promise<TrustedCore> {
  if (!existsSync(cardPath(folder))) throw new EnrouteError('ENR-STN-004');
  return trustedCoreSchema.parse(JSON.parse(await readFile(cardPath(folder), 'utf8')));
}

export async function writeTrustedCore(folder: string, core: TrustedCore): Promise<void> {
  await writeDurably(cardPath(folder), Buffer.from(`${JSON.stringify(trustedCoreSchema.parse(core), null, 2)}\n`));
}

/** The present one first. */
export function signingKeysOf({ signingKey, earlierSigningKeys = [] }: TrustedCore): readonly PublicKey[] {
  return [signingKey, ...earlierSigningKeys];
}

/** The key of the core's that a signature names; the present one, which did not make it, when it is none of them. */
export function signerOf(core: TrustedCore, { keyId }: { readonly keyId: string }): PublicKey {
  return signingKeysOf(core).find((key) => key.keyId === keyId) ?? core.signingKey;
}

/** The core after the steps that lead on from the key that is trusted; undefined when there are none. */
export function succeeded(core: TrustedCore, successions: readonly Succession[]): TrustedCore | undefined {
  const steps = followSuccessions(core.signingKey, successions);
  const last = steps.at(-1);
  if (!last) return undefined;
  const between = steps.slice(0, -1).map(({ signingKey }) => signingKey);
  const { v, epoch } = core;
  const { signingKey, sealingKey } = last;
  return withEarlier({ v, epoch, signingKey, sealingKey }, [...between.reverse(), ...signingKeysOf(core)]);
}

function withEarlier(card: CoreCard, known: readonly PublicKey[]): TrustedCore {
  const earlier = known.filter(({ keyId }) => keyId !== card.signingKey.keyId);
  return { ...card, earlierSigningKeys: earlier.slice(0, MAX_SUCCESSIONS) };
}
