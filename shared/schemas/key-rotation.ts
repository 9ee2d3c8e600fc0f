/**
 * New keys in the place of old ones, on either side, so that whoever trusts the old key can trust the new one.
 *
 * A station states its new keys, signed with the key that it had and with the new one; the core answers, signed. A core
 * states its successor, signed with both, and stations follow from the key that they trust to the present one, however
 * many rotations they have missed.
 */
import { z } from 'zod';
import { type KeyPair, keyIdSchema, type PublicKey, publicKeyOf, publicKeySchema } from '../crypto/keys.ts';
import { provePossession, verifyPossession } from '../crypto/possession.ts';
import { sign, verifySignature } from '../crypto/signature.ts';
import { coreSignatureSchema, signatureValueSchema, stationSchema, timeSchema } from './common.ts';
import { possessionSchema, type StationKeys } from './station-enrolment.ts';

const newKeysSchema = z.strictObject({
  v: z.literal(1),
  station: stationSchema,
  /** Id of the signing key that these take the place of. */
  from: keyIdSchema,
  signingKey: publicKeySchema,
  sealingKey: publicKeySchema,
});

export const stationKeysSchema = newKeysSchema.extend({
  proofs: z.strictObject({ from: signatureValueSchema, signing: signatureValueSchema, sealing: possessionSchema }),
});
export type NewStationKeys = z.infer<typeof stationKeysSchema>;

/** Where a station puts them, in its channel. */
export const STATION_KEYS_PATH = 'keys';
export const MAX_STATION_KEYS_BYTES = 16 * 1024;

export function signStationKeys(station: string, from: KeyPair, next: StationKeys, core: PublicKey): NewStationKeys {
  const [signingKey, sealingKey] = [publicKeyOf(next.signing), publicKeyOf(next.sealing)];
  const body = { v: 1 as const, station, from: from.keyId, signingKey, sealingKey };
  return {
    ...body,
    proofs: {
      from: sign('station-keys', body, from),
      signing: sign('station-keys', body, next.signing),
      sealing: provePossession('station-keys', body, next.sealing, core),
    },
  };
}

/** @param cores the core's signing keys, the present one and earlier ones: the station may know an earlier one only */
export function verifyStationKeys(keys: NewStationKeys, from: PublicKey, cores: readonly KeyPair[]): boolean {
  const { proofs, ...body } = keys;
  return (
    body.from === from.keyId &&
    verifySignature('station-keys', body, proofs.from, from) &&
    verifySignature('station-keys', body, proofs.signing, body.signingKey) &&
    cores.some((core) => verifyPossession('station-keys', body, proofs.sealing, body.sealingKey, core))
  );
}

/** A station that knows none of so many keys has to follow the core first, as its channel tells it to. */
const MAX_TAKEN_SIGNATURES = 16;

const takenBodySchema = z.strictObject({
  v: z.literal(1),
  station: stationSchema,
  signingKeyId: keyIdSchema,
  sealingKeyId: keyIdSchema,
  at: timeSchema,
});

export const stationKeysTakenSchema = takenBodySchema.extend({
  /** One by the core's present key, and one by each of the earlier ones that a station may know, the newest first. */
  signatures: z.array(coreSignatureSchema).min(1).max(MAX_TAKEN_SIGNATURES),
});
export type StationKeysTaken = z.infer<typeof stationKeysTakenSchema>;

/** @param cores the core's signing keys, however many it has had, the present one first */
export function signStationKeysTaken(
  body: z.infer<typeof takenBodySchema>,
  cores: readonly KeyPair[],
): StationKeysTaken {
  const signatures = cores
    .slice(0, MAX_TAKEN_SIGNATURES)
    .map((core) => ({ keyId: core.keyId, value: sign('station-keys-taken', body, core) }));
  return { ...body, signatures };
}

export function verifyStationKeysTaken(taken: StationKeysTaken, core: PublicKey): boolean {
  const { signatures, ...body } = taken;
  return signatures.some(
    ({ keyId, value }) => keyId === core.keyId && verifySignature('station-keys-taken', body, value, core),
  );
}

/** Most rotations that a core tells the way through, and that a station follows. Older ones enrol anew. */
export const MAX_SUCCESSIONS = 16;

const successionBodySchema = z.strictObject({
  v: z.literal(1),
  /** Id of the core's signing key that was in force before. */
  from: keyIdSchema,
  signingKey: publicKeySchema,
  sealingKey: publicKeySchema,
  at: timeSchema,
});

export const successionSchema = successionBodySchema.extend({
  signatures: z.strictObject({ from: signatureValueSchema, to: signatureValueSchema }),
});
/** The step from one pair of the core's keys to the next. */
export type Succession = z.infer<typeof successionSchema>;

export function signSuccession(from: KeyPair, next: StationKeys, at: Date): Succession {
  const [signingKey, sealingKey] = [publicKeyOf(next.signing), publicKeyOf(next.sealing)];
  const body = { v: 1 as const, from: from.keyId, signingKey, sealingKey, at: at.toISOString() };
  const [before, after] = [sign('core-succession', body, from), sign('core-succession', body, next.signing)];
  return { ...body, signatures: { from: before, to: after } };
}

/** The way from each key that a station may still trust to the core's present one: a document of its channel. */
export const coreKeysSchema = z.strictObject({
  v: z.literal(1),
  station: stationSchema,
  /** In the order of time. */
  successions: z.array(successionSchema).min(1).max(MAX_SUCCESSIONS),
});
export type CoreKeysDocument = z.infer<typeof coreKeysSchema>;
export const CORE_KEYS_ID = 'core:keys';

/** Whether the steps go on from where the others end: then those are from before a further rotation. */
export function leadFurther(
  successions: readonly Pick<Succession, 'from'>[],
  others: readonly Pick<Succession, 'signingKey'>[],
): boolean {
  const end = others.at(-1)?.signingKey.keyId;
  return successions.some(({ from }) => from === end);
}

/**
 * The steps that lead on from a key that is trusted, as far as each is signed by the one before and by itself.
 * @returns them in order; none when nothing leads on from there.
 */
export function followSuccessions(trusted: PublicKey, successions: readonly Succession[]): readonly Succession[] {
  const followed: Succession[] = [];
  for (let key = trusted; followed.length < MAX_SUCCESSIONS; ) {
    const step = successions.find(({ from }) => from === key.keyId);
    if (!step || !isSigned(step, key)) break;
    followed.push(step);
    key = step.signingKey;
  }
  return followed;
}

function isSigned({ signatures, ...body }: Succession, from: PublicKey): boolean {
  return (
    verifySignature('core-succession', body, signatures.from, from) &&
    verifySignature('core-succession', body, signatures.to, body.signingKey)
  );
}
