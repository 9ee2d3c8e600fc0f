/**
 * The two cards that are exchanged when a station is registered: what the station says of itself, and what the core
 * says of itself. They hold public keys only.
 */
import { z } from 'zod';
import { publicKeySchema } from '../crypto/keys.ts';
import { personIdSchema, stationSchema } from './common.ts';

/** What a person may do at a station: enrol, approve, or both. */
export const PERSON_ROLES = ['operator', 'supervisor'] as const;
export type PersonRole = (typeof PERSON_ROLES)[number];

const peopleSchema = z.array(z.strictObject({ id: personIdSchema, signingKey: publicKeySchema })).max(1000);

export const stationCardSchema = z
  .strictObject({
    v: z.literal(1),
    station: stationSchema,
    signingKey: publicKeySchema,
    sealingKey: publicKeySchema,
    operators: peopleSchema,
    /** Cards from before there were supervisors have none. */
    supervisors: peopleSchema.default([]),
  })
  .refine(hasOneKeyPerPerson, 'a person has one key');

export const coreCardSchema = z.strictObject({
  v: z.literal(1),
  /** Names this core; see the receipt. */
  epoch: z.string().min(1).max(64),
  signingKey: publicKeySchema,
  sealingKey: publicKeySchema,
});

export type StationCard = z.infer<typeof stationCardSchema>;
export type CoreCard = z.infer<typeof coreCardSchema>;

function hasOneKeyPerPerson(card: Readonly<Record<`${PersonRole}s`, z.infer<typeof peopleSchema>>>): boolean {
  const keys = new Map(card.operators.map(({ id, signingKey }) => [id, signingKey.keyId]));
  return card.supervisors.every(({ id, signingKey }) => (keys.get(id) ?? signingKey.keyId) === signingKey.keyId);
}
