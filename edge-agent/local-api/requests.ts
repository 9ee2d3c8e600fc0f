/** The bodies and queries that the local API takes, each as its route demands. */
import { isAbsolute } from 'node:path';
import { personIdSchema, ridSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { DEFAULT_MAX_FILE_BYTES, MAX_FILE_BYTES, MIN_FILE_BYTES } from '@enroute/sync/courier/limits.ts';
import { z } from 'zod';
import { REJECTION_REASONS } from '../queue/rejection.ts';
import { QUEUE_STATES } from '../queue/states.ts';
import { LINK_ORDERS, MAX_LISTED } from './front-desk.ts';

/** One import may name a day's packets. */
export const MAX_SOURCES = 1_000;
const MAX_PASSWORD_CHARACTERS = 1_024;

/** Paths are the station's to open, and it runs in another folder than whoever asks. */
const pathSchema = z.string().max(4_096).refine(isAbsolute, 'an absolute path');
const ridsSchema = z.array(ridSchema).min(1).max(MAX_LISTED);
const signed = { person: personIdSchema, password: z.string().max(MAX_PASSWORD_CHARACTERS) };

const orderSchema = z.strictObject({
  ...signed,
  captureFolder: pathSchema.nullable().default(null),
  draft: ridSchema.nullable().default(null),
});

export const BODIES = {
  check: z.strictObject({ ...signed, captureFolder: pathSchema }),
  enrol: orderSchema,
  saveDraft: orderSchema,
  discardDraft: z.strictObject({ ...signed, rid: ridSchema }),
  import: z.strictObject({
    ...signed,
    sources: z.array(pathSchema).min(1).max(MAX_SOURCES),
    consent: z.boolean().default(false),
    acceptDoubts: z.boolean().default(false),
  }),
  review: z.strictObject({ ...signed, rid: ridSchema }),
  approve: z.strictObject({ ...signed, rids: z.union([ridsSchema, z.literal('all')]) }),
  reject: z.strictObject({ ...signed, rids: ridsSchema, reason: z.enum(REJECTION_REASONS) }),
  verify: z.strictObject({ rid: ridSchema.nullable().default(null) }),
  release: z.strictObject({}),
  link: z.strictObject({ order: z.enum(LINK_ORDERS) }),
  exportBundle: z.strictObject({
    folder: pathSchema,
    maxFileBytes: z.int().min(MIN_FILE_BYTES).max(MAX_FILE_BYTES).default(DEFAULT_MAX_FILE_BYTES),
    maxBytes: z.int().positive().nullable().default(null),
  }),
  importBundles: z.strictObject({ bundles: z.array(pathSchema).min(1).max(MAX_SOURCES) }),
} as const;

export const listQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LISTED).default(100),
  state: z.enum(QUEUE_STATES).nullable().default(null),
});

/** @throws EnrouteError ENR-WEB-003 that names the places where it is wrong, and not what stands there. */
export function read<S extends z.ZodType>(schema: S, given: unknown): z.infer<S> {
  const parsed = schema.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.slice(0, 8).map(({ path }) => path.join('.').slice(0, 80) || 'body');
  throw new EnrouteError('ENR-WEB-003', places.join(', '));
}
