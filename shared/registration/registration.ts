/**
 * The registration document: where a packet stands in the core. `_id` is its RID. It names no person; what the stages
 * found out is kept as facts that say nothing about who it is.
 */
import { z } from 'zod';
import { keyIdSchema } from '../crypto/keys.ts';
import { MODALITIES, POSITIONS, PROCESSES } from '../enrolment/enrolment.ts';
import { AGE_GROUPS } from '../policy/age.ts';
import {
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
const MAX_HISTORY = 64;

const factsSchema = z.strictObject({
  ageGroup: z.enum(AGE_GROUPS).optional(),
  /** Lowest quality by modality. */
  quality: z.partialRecord(z.enum(MODALITIES), z.number()).optional(),
  /** Positions that were too poor and are to be captured again. */
  poor: z.array(z.enum(POSITIONS)).optional(),
});

const historyEntrySchema = z.strictObject({
  at: timeSchema,
  stage: z.string(),
  outcome: z.string(),
  code: statusCodeSchema.optional(),
});

export const registrationSchema = z.strictObject({
  _id: ridSchema,
  _rev: z.string().optional(),
  v: z.literal(1),
  station: stationSchema,
  operator: personIdSchema,
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
  parked: z.strictObject({ reason: z.enum(['correction']), until: timeSchema }).optional(),
  /** What the registration ends as, once its answer has been written. */
  verdict: z.strictObject({ state: z.enum(TERMINAL_STATES), code: statusCodeSchema }).optional(),
  /** Corrections that were taken up, oldest first. */
  corrections: z.array(z.strictObject({ rid: ridSchema, digest: digestSchema })).max(9),
  facts: factsSchema,
  history: z.array(historyEntrySchema).max(MAX_HISTORY),
});

export type Registration = z.infer<typeof registrationSchema>;
export type RegistrationFacts = z.infer<typeof factsSchema>;
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

/** The one place that moves a registration. @throws RangeError on a move that the table of states does not have. */
export function moveTo(
  registration: Registration,
  state: RegistrationState,
  change: Partial<Registration>,
): Registration {
  if (!mayMove(registration.state, state)) {
    throw new RangeError(`A registration does not go from ${registration.state} to ${state}.`);
  }
  const { notBefore: _notBefore, parked: _parked, ...kept } = registration;
  return { ...kept, ...change, state };
}

/** History is bounded: when it is full, its middle is left out, so that the beginning and the latest stay visible. */
export function withHistory(history: readonly HistoryEntry[], entry: HistoryEntry): HistoryEntry[] {
  const half = MAX_HISTORY / 2;
  if (history.length < MAX_HISTORY) return [...history, entry];
  return [...history.slice(0, half), ...history.slice(half + 1), entry];
}
