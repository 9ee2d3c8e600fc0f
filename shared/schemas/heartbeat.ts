/** A station's heartbeat: how its queue stands, for the supervisor. It names no person. */
import { z } from 'zod';
import { stationSchema, timeSchema } from './common.ts';

export const HEARTBEAT_ID = 'heartbeat';

export const heartbeatSchema = z.strictObject({
  v: z.literal(1),
  station: stationSchema,
  /** By the station's clock. */
  at: timeSchema,
  /** Packets whose bytes the core has not confirmed yet. */
  waiting: z.strictObject({
    packets: z.int().nonnegative(),
    bytes: z.int().nonnegative(),
    /** When the oldest of them was sealed. */
    oldest: timeSchema.nullable(),
  }),
  /** Packets that were set aside and need someone's attention. */
  setAside: z.int().nonnegative(),
  /** Station's clock minus core's clock, as the station measured it. */
  clockOffsetMs: z.int().nullable(),
  software: z.string().max(64),
});

export type Heartbeat = z.infer<typeof heartbeatSchema>;
