/**
 * What the supervisor is told of a station. In a module of its own, as the page reads it too: whatever else is imported
 * here comes along into the browser.
 */
import { z } from 'zod';
import { STATION_STATES } from '../stations/station-rights.ts';

export const stationStatusSchema = z.object({
  station: z.string(),
  /** Whether it may work; see station-rights.ts. */
  state: z.enum(STATION_STATES),
  /** When the core last heard of it; null for never. */
  lastSeen: z.string().nullable(),
  /** As the station itself last reported. */
  waiting: z.object({ packets: z.number(), bytes: z.number(), oldest: z.string().nullable() }).nullable(),
  setAside: z.number(),
  clockOffsetMs: z.number().nullable(),
  software: z.string().nullable(),
  /** What has become of its registrations here. */
  came: z.object({
    announced: z.number(),
    inProcess: z.number(),
    waitingForCorrection: z.number(),
    needsAttention: z.number(),
    completed: z.number(),
    rejected: z.number(),
  }),
});

export type StationStatus = z.infer<typeof stationStatusSchema>;
