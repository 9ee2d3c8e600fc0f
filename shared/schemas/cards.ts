/**
 * The two cards that are exchanged when a station is registered: what the station says of itself, and what the core
 * says of itself. They hold public keys only.
 */
import { z } from 'zod';
import { publicKeySchema } from '../crypto/keys.ts';
import { personIdSchema, stationSchema } from './common.ts';

export const stationCardSchema = z.strictObject({
  v: z.literal(1),
  station: stationSchema,
  signingKey: publicKeySchema,
  sealingKey: publicKeySchema,
  operators: z.array(z.strictObject({ id: personIdSchema, signingKey: publicKeySchema })).max(1000),
});

export const coreCardSchema = z.strictObject({
  v: z.literal(1),
  /** Names this core; see the receipt. */
  epoch: z.string().min(1).max(64),
  signingKey: publicKeySchema,
  sealingKey: publicKeySchema,
});

export type StationCard = z.infer<typeof stationCardSchema>;
export type CoreCard = z.infer<typeof coreCardSchema>;
