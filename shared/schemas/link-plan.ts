/**
 * How much of its link a station may use for packets: when, how much in a day, and how fast. Where data is dear or the
 * line is shared by day, packets go at night. What is left out sets no bound; the small documents of the channel are
 * bound by none of it.
 */
import { z } from 'zod';

const timeOfDaySchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day is HH:MM');

/** From `from` up to, not including, `to`, by the station's own clock and time zone. It may pass midnight. */
export const uploadWindowSchema = z
  .strictObject({ from: timeOfDaySchema, to: timeOfDaySchema })
  .refine(({ from, to }) => from !== to, 'ends when it begins');

export const linkPlanSchema = z.strictObject({
  /** Packets go in one of these only. */
  windows: z.array(uploadWindowSchema).min(1).max(24).exactOptional(),
  /** So many bytes of packets a day, from midnight to midnight of the station. */
  dailyBytes: z.int().positive().exactOptional(),
  bytesPerSecond: z.int().min(64).exactOptional(),
});

export type UploadWindow = z.infer<typeof uploadWindowSchema>;
export type LinkPlan = z.infer<typeof linkPlanSchema>;
