/** What the processes of the bench of the pipeline say to each other. */
import { z } from 'zod';

export const filledSchema = z.object({ packetBytes: z.int() });

export const workedSchema = z.object({
  /** From the beginning to the last that ended. */
  ms: z.number(),
  /** Of the process that worked. */
  cpuMs: z.number(),
  /** Changes of documents, in all databases. */
  writes: z.int(),
  /** When each tenth of the backlog had ended, in milliseconds since the beginning. */
  tenths: z.array(z.number()),
  /** How often the bench itself looked into the store meanwhile. */
  looks: z.int(),
});

export type Worked = z.infer<typeof workedSchema>;

export const flooredSchema = z.object({ openMs: z.number(), writeMs: z.number(), cpuMs: z.number() });
