/** What the processes of the bench of idle stations say to each other. */
import { z } from 'zod';

export const openedSchema = z.object({ url: z.string(), key: z.string() });

/** Bytes of a process after everything that nobody needs was thrown away. */
export const memorySchema = z.object({ rss: z.number(), heap: z.number() });
export type Memory = z.infer<typeof memorySchema>;

/** When something happened to each station, in the milliseconds of `sharedNow`. */
export const timesSchema = z.record(z.string(), z.number());
export type Times = z.infer<typeof timesSchema>;

export const wakeSchema = z.object({ stations: z.array(z.string()), name: z.string() });
export const connectSchema = z.object({
  url: z.string(),
  key: z.string(),
  stations: z.array(z.string()),
  heartbeatMs: z.number(),
});

/** Stations of one country, in centers of a hundred. */
export function stationNumbers(count: number): string[] {
  return Array.from({ length: count }, (_none, index) => {
    const center = String(10_000 + Math.floor(index / 100));
    return `${center}${String(10_000 + (index % 100))}`;
  });
}

export function memoryNow(): Memory {
  for (let turn = 0; turn < 3; turn += 1) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}
