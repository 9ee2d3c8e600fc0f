/** What the processes of the bench of intake say to each other. */
import { publicKeySchema } from '@enroute/shared/crypto/keys.ts';
import { stationCardSchema } from '@enroute/shared/schemas/cards.ts';
import { z } from 'zod';

export const openedSchema = z.object({
  /** e.g. "http://127.0.0.1:40123/" */
  url: z.string(),
});

export const cardsSchema = z.array(stationCardSchema);

/** A gateway and the key that packets for its core are sealed for. */
export const gatewaySchema = z.object({ url: z.string(), reader: publicKeySchema });

export const packSchema = z.object({ count: z.int(), bytes: z.int(), connections: z.int() });
/** Of all packets together. */
export const packedSchema = z.object({ bytes: z.int() });

export const targetSchema = z.object({ url: z.string() });
