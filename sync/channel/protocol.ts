/**
 * What the channel's two requests carry, in the words of CouchDB's HTTP API: `_bulk_docs` brings documents up,
 * `_changes` brings them down. Both ends check it with these schemas.
 */
import { answeredCodeSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';

/** Most documents in one `_bulk_docs` or one answer of `_changes`. */
export const MAX_CHANNEL_BATCH = 100;
/** Longest time that a long poll is held open. */
export const MAX_POLL_MS = 55_000;
/** Name of the filter that leaves out what the station wrote itself. */
export const DOWN_FILTER = 'enroute/down';

export const bulkDocsRequestSchema = z.object({
  docs: z
    .array(z.looseObject({ _id: z.string().min(1).max(200), _rev: z.string().max(100).optional() }))
    .max(MAX_CHANNEL_BATCH),
});

/** As CouchDB answers, with our code as the reason of a refusal. */
export const bulkDocsAnswerSchema = z.array(
  z.union([
    z.object({ id: z.string(), ok: z.literal(true), rev: z.string() }),
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
});
export type ChangesAnswer = z.infer<typeof changesAnswerSchema>;

export const allDocsAnswerSchema = z.object({
  rows: z.array(z.object({ key: z.string(), value: z.object({ rev: z.string() }).optional() })),
});
