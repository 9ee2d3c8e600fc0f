/**
 * What the channel's two requests carry, in the words of CouchDB's HTTP API: `_bulk_docs` brings documents up,
 * `_changes` brings them down. Both ends check it with these schemas.
 */
import { answeredCodeSchema } from '@enroute/shared/schemas/common.ts';
import { coreWordSchema } from '@enroute/shared/schemas/core-word.ts';
import { z } from 'zod';

/** Most documents in one `_bulk_docs` or one answer of `_changes`. */
export const MAX_CHANNEL_BATCH = 100;
/** Longest time that a long poll is held open. */
export const MAX_POLL_MS = 10 * 60_000;
/** So often an open long poll is told that the core is there, at the least. */
export const POLL_HEARTBEAT_MS = 20_000;
/** Name of the filter that leaves out what the station wrote itself. */
export const DOWN_FILTER = 'enroute/down';

export const bulkDocsRequestSchema = z.object({
  docs: z.array(z.looseObject({ _id: z.string().min(1).max(200) })).max(MAX_CHANNEL_BATCH),
});

/** As CouchDB answers, with our code as the reason of a refusal. */
export const bulkDocsAnswerSchema = z.array(
  z.union([
    z.object({
      id: z.string(),
      ok: z.literal(true),
      rev: z.string(),
      /** Of a manifest: the core lacks the packet's bytes. */
      wanted: z.boolean().optional(),
      /** Of a manifest: the registration has ended. */
      ended: z.boolean().optional(),
    }),
    z.object({ id: z.string(), error: z.literal('conflict'), reason: z.string() }),
    z.object({ id: z.string(), error: z.literal('forbidden'), reason: answeredCodeSchema }),
  ]),
);
export type BulkDocsAnswer = z.infer<typeof bulkDocsAnswerSchema>;

export const changesAnswerSchema = z.object({
  results: z
    .array(
      z.object({
        id: z.string(),
        seq: z.string(),
        changes: z.array(z.object({ rev: z.string() })).optional(),
        deleted: z.boolean().optional(),
        doc: z.looseObject({ _id: z.string(), _rev: z.string() }).optional(),
      }),
    )
    .max(MAX_CHANNEL_BATCH),
  last_seq: z.string(),
  /** With an answer from the beginning. One that a newer core says otherwise is not read. */
  core: coreWordSchema.optional().catch(undefined),
});
export type ChangesAnswer = z.infer<typeof changesAnswerSchema>;
