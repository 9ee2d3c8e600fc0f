/**
 * The registration document: where a packet stands in the core. `_id` is its RID. It names no person; what the stages
 * found out is kept as facts that say nothing about who it is.
 */
import { z } from 'zod';
import { keyIdSchema } from '../crypto/keys.ts';
import { MODALITIES, POSITIONS, PROCESSES } from '../enrolment/enrolment.ts';
import { AGE_GROUPS } from '../policy/age.ts';
import {
  actorIdSchema,
  digestSchema,
  personIdSchema,
  ridSchema,
  stationSchema,
  statusCodeSchema,
  timeSchema,
} from '../schemas/common.ts';
import { PRIORITIES } from '../schemas/manifest.ts';
import { mayMove, REGISTRATION_STATES, type RegistrationState, TERMINAL_STATES } from './states.ts';

/** Lanes are fixed for the life of an installation: a RID must always fall into the same one. */
export const LANES = 64;
/** More than a registration keeps when its history is archived as it should be (core/pipeline/history). */
const MAX_HISTORY = 160;
export const MAX_APPLIED = 16;
/** As many as there can be pause rules. */
export const MAX_IMMUNITIES = 100;
export const MAX_WATCHERS = 64;
export const MAX_COUNTRY_FACTS = 32;
/** More people than a name in several languages ever leads to. */
export const MAX_CANDIDATES = 16;

/** What a registration can wait for. Waiting spends no retry. */
export const PARK_REASONS = [
  /** Captures that the station was asked for again. */
  'correction',
  /** The end of the introducer's own registration; the key is its RID. */
  'introducer',
  /** A service outside that answers later; the key is that of the question. */
  'answer',
  /** What a person decides about it. */
  'decision',
  /** A pause that a rule or a person has put on it. */
  'paused',
] as const;

const factsSchema = z.strictObject({
  ageGroup: z.enum(AGE_GROUPS).optional(),
  /** Lowest quality by modality. */
  quality: z.partialRecord(z.enum(MODALITIES), z.number()).optional(),
  /** Positions that were too poor and are to be captured again. */
  poor: z.array(z.enum(POSITIONS)).optional(),
  /** Positions that can't be captured, as the station said. */
  exceptions: z.array(z.enum(POSITIONS)).optional(),
  /** Whether the enrolment names somebody who vouches for the person. */
  introducer: z.boolean().optional(),
  /** Registrations by which somebody was found who may be this person, for who decides. */
  candidates: z.array(ridSchema).max(MAX_CANDIDATES).optional(),
  /** What a country's own stages found out; short, and nothing by which the person could be known. */
  country: z
    .record(z.string().regex(/^[a-z][A-Za-z0-9-]{0,31}$/), z.union([z.string().max(64), z.number(), z.boolean()]))
    .refine((facts) => Object.keys(facts).length <= MAX_COUNTRY_FACTS, `At most ${MAX_COUNTRY_FACTS} facts.`)
    .optional(),
});

const historyEntrySchema = z.strictObject({
  at: timeSchema,
  stage: z.string(),
  outcome: z.string(),
  code: statusCodeSchema.optional(),
  /** Who did it, where it was not the pipeline itself: a person, a service or the command line. */
  by: actorIdSchema.optional(),
});

const parkedSchema = z.strictObject({
  reason: z.enum(PARK_REASONS),
  until: timeSchema,
  /** What exactly is waited for, where there can be several of its kind. */
  key: z.string().min(1).max(128).optional(),
  /** Of a pause: who put it there, and what becomes of the registration when it ends. */
  pause: z.strictObject({ rule: z.string().min(1).max(64), after: z.enum(['resume', 'stop']) }).optional(),
});

export const registrationSchema = z.strictObject({
  _id: ridSchema,
  _rev: z.string().optional(),
  v: z.literal(1),
  station: stationSchema,
  operator: personIdSchema,
  /** Who approved the packet, where somebody did. */
  supervisor: personIdSchema.optional(),
  process: z.enum(PROCESSES),
  priority: z.enum(PRIORITIES),
  packet: z.strictObject({ digest: digestSchema, bytes: z.int().positive(), keyId: keyIdSchema }),
  corrects: ridSchema.optional(),
  lane: z.int().nonnegative().lt(LANES),
  announcedAt: timeSchema,
  receivedAt: timeSchema.optional(),
  state: z.enum(REGISTRATION_STATES),
  /** The flow it runs on, stamped when it enters. */
  flow: z.strictObject({ name: z.string(), version: z.int().positive() }).optional(),
  /** The stage to run next, in IN_FLOW; the one that parked it or gave up, in PARKED and DEAD_LETTER. */
  stage: z.string().optional(),
  /** Failed tries of the present stage. */
  attempts: z.int().nonnegative(),
  notBefore: timeSchema.optional(),
  parked: parkedSchema.optional(),
  /** When it came to its present stage or state. */
  stageSince: timeSchema.optional(),
  /** Which of its visits to stages this is: one more whenever it comes to a stage, and not when it waits or fails there. */
  visit: z.int().positive().optional(),
  /** The highest fence of its lane under which a worker has written it; who holds an older one has lost the lane. */
  fence: z.int().positive().optional(),
  /** The latest events that were applied to it, by their ids: an event counts once. */
  applied: z.array(z.string().max(128)).max(MAX_APPLIED).optional(),
  /** Pause rules that have held it once, and do not again. */
  immune: z.array(z.string().max(64)).max(MAX_IMMUNITIES).optional(),
  /** What came for the question that a stage has asked; taken out when the stage is done. */
  answer: z.strictObject({ key: z.string().max(128), body: z.json() }).optional(),
  /** Registrations that wait for the end of this one. */
  watchers: z.array(ridSchema).max(MAX_WATCHERS).optional(),
  /** Pages of its history that were put into the archive. */
  archivedPages: z.int().nonnegative().optional(),
  /** What the registration ends as, once its answer has been written. */
  verdict: z.strictObject({ state: z.enum(TERMINAL_STATES), code: statusCodeSchema }).optional(),
  /** Corrections that were taken up, oldest first. */
  corrections: z.array(z.strictObject({ rid: ridSchema, digest: digestSchema })).max(9),
  facts: factsSchema,
  history: z.array(historyEntrySchema).max(MAX_HISTORY),
});

export type Registration = z.infer<typeof registrationSchema>;
export type Parked = z.infer<typeof parkedSchema>;
export type RegistrationFacts = z.infer<typeof factsSchema>;
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

/**
 * The one place that moves a registration. Every wait ends with the move, but for the one that the move itself brings; and
 * since when it is there is noted when it comes to another stage or state, and the visit when it comes to another stage.
 * @throws RangeError on a move that the table of states does not have, on a park without its wait, and on a wait without
 *   its park.
 */
export function moveTo(
  registration: Registration,
  state: RegistrationState,
  change: Partial<Registration>,
  now: Date,
): Registration {
  if (!mayMove(registration.state, state)) {
    throw new RangeError(`A registration does not go from ${registration.state} to ${state}.`);
  }
  if (state === 'PARKED' && !change.parked) throw new RangeError('A registration that is PARKED waits for something.');
  if (state !== 'PARKED' && change.parked) throw new RangeError(`A registration that is ${state} waits for nothing.`);
  const { notBefore: _notBefore, parked: _parked, ...kept } = registration;
  const moved = { ...kept, ...change, state };
  if (moved.stage !== registration.stage) return { ...newVisit(moved), stageSince: now.toISOString() };
  return state === registration.state ? moved : { ...moved, stageSince: now.toISOString() };
}

/** It comes to its stage, be it the one where it was: what was asked there before is another question. */
export function newVisit(registration: Registration): Registration {
  return { ...registration, visit: (registration.visit ?? 0) + 1 };
}

/**
 * What was noted, with what comes now. A history that has grown long is moved into the archive before it is saved; should
 * that not have been done, its middle is left out, so that the beginning and the latest stay visible.
 */
export function withHistory(history: readonly HistoryEntry[], entry: HistoryEntry): HistoryEntry[] {
  const half = MAX_HISTORY / 2;
  if (history.length < MAX_HISTORY) return [...history, entry];
  return [...history.slice(0, half), ...history.slice(half + 1), entry];
}
