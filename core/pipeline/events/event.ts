/**
 * Events: what happens for a registration besides its own stages. Whoever has something to tell it (a person, a service
 * outside, a registration in another lane) writes one event and never touches the registration, so that this keeps one
 * writer: the worker of its lane, who applies the event and then deletes it. An event that is applied twice counts once.
 */
import { PARK_REASONS } from '@enroute/shared/registration/registration.ts';
import { TERMINAL_STATES } from '@enroute/shared/registration/states.ts';
import { actorIdSchema, digestSchema, ridSchema, timeSchema } from '@enroute/shared/schemas/common.ts';
import { PRIORITIES } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { isRefusal } from '@enroute/shared/status/refusals.ts';
import { z } from 'zod';

const about = {
  /** `<rid>:<token>`: unique, so that it is written once and found by its registration. */
  _id: z.string().max(128),
  _rev: z.string().optional(),
  v: z.literal(1),
  rid: ridSchema,
  at: timeSchema,
};

/** The wait is over: what was waited for is there. */
const wakeSchema = z.strictObject({
  ...about,
  kind: z.literal('wake'),
  reason: z.enum(PARK_REASONS),
  key: z.string().min(1).max(128).optional(),
  /** Of an answer: in which visit to its stage the registration has asked. */
  visit: z.int().nonnegative().optional(),
  /** What came, for the stage that asked; at most 8 KiB as JSON. */
  body: z.json().optional(),
});

/** Another registration wants to be told when this one has ended. */
const watchSchema = z.strictObject({ ...about, kind: z.literal('watch'), watcher: ridSchema });

const refusalSchema = z.custom<StatusCode>(
  (value) => typeof value === 'string' && isRefusal(value),
  'a code that refuses a registration',
);

/** What a person with the right to it can order. */
export const orderedSchema = z.discriminatedUnion('do', [
  /** A dead letter, or one that is paused, goes on at the stage where it is. */
  z.strictObject({ do: z.literal('resume') }),
  z.strictObject({ do: z.literal('resume-from'), stage: z.string().min(1).max(64) }),
  /** From the beginning of its flow. */
  z.strictObject({ do: z.literal('restart') }),
  /** It ends as rejected, and the station is told. */
  z.strictObject({ do: z.literal('stop'), code: refusalSchema }),
  /** What a person found out about one that waits for that: the registration of the same person, or nobody's. */
  z.strictObject({ do: z.literal('decide'), accept: ridSchema.optional() }),
  z.strictObject({ do: z.literal('prioritise'), priority: z.enum(PRIORITIES) }),
  z.strictObject({ do: z.literal('pause'), until: timeSchema, after: z.enum(['resume', 'stop']) }),
]);

const placeSchema = z.strictObject({ version: z.int().positive(), stage: z.string().min(1).max(64) });

/** To another version of its flow: written by the migration of a whole flow alone, which has looked at all places. */
const migrateSchema = z.strictObject({ do: z.literal('migrate'), from: placeSchema, to: placeSchema });

const actSchema = z.strictObject({
  ...about,
  kind: z.literal('act'),
  by: actorIdSchema,
  act: z.discriminatedUnion('do', [...orderedSchema.options, migrateSchema]),
});

export const eventSchema = z.discriminatedUnion('kind', [wakeSchema, watchSchema, actSchema]);

export type PipelineEvent = z.infer<typeof eventSchema>;
/** What people order. */
export type Ordered = z.infer<typeof orderedSchema>;
export type Migration = z.infer<typeof migrateSchema>;
export type Act = Ordered | Migration;

type Draft<Event> = Event extends PipelineEvent ? Omit<Event, '_id' | '_rev' | 'v'> & { readonly _id?: string } : never;

/** An event that is yet to be written. One that brings its id can be written again, and is there once. */
export type EventDraft = Draft<PipelineEvent>;

/** The body of a wake with the reason `correction`: the registration of the captures that were made again. */
export const correctedSchema = z.strictObject({ rid: ridSchema, digest: digestSchema });

/** The body of a wake with the reason `introducer`. */
export const endedSchema = z.strictObject({ rid: ridSchema, state: z.enum(TERMINAL_STATES) });
