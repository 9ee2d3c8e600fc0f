/**
 * What is told, one line after the other, while courier bundles are written or taken in: by both sides, over the station's
 * local API and the core's mailbox alike, and to the person at the command line.
 */
import { describeStatus } from '@enroute/shared/status/codes.ts';
import type { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';

export const problemSchema = z.object({
  code: z.string(),
  sentence: z.string(),
  next: z.string(),
  detail: z.string().nullable(),
});
export type Problem = z.infer<typeof problemSchema>;

export function problemOf({ code, detail }: Pick<EnrouteError, 'code' | 'detail'>): Problem {
  return { code, ...describeStatus(code), detail: detail ?? null };
}

/** `known`: it was here before, or something newer. `damaged`: the bundle does not have all of it. */
const TAKEN_RESULTS = ['taken', 'known', 'refused', 'damaged'] as const;
export type TakenResult = (typeof TAKEN_RESULTS)[number];

const tallySchema = z.object({
  taken: z.number(),
  known: z.number(),
  refused: z.number(),
  damaged: z.number(),
  /** Entries that the sender put in and nothing was found of. */
  missing: z.number(),
});

export const takeStepSchema = z.discriminatedUnion('step', [
  z.object({
    step: z.literal('opened'),
    file: z.string(),
    station: z.string(),
    number: z.number(),
    of: z.number(),
    entries: z.number(),
    at: z.string(),
  }),
  /** @param id the packet's RID or the document's id; null where the sender wrote none that can be read */
  z.object({
    step: z.literal('entry'),
    file: z.string(),
    id: z.string().nullable(),
    result: z.enum(TAKEN_RESULTS),
    problem: problemSchema.nullable(),
  }),
  /** Bytes from one place up to another. */
  z.object({ step: z.literal('hole'), file: z.string(), atBytes: z.number(), toBytes: z.number() }),
  z.object({
    step: z.literal('closed'),
    file: z.string(),
    ...tallySchema.shape,
    /** Refused and damaged entries and holes that are only counted, because there were so many. */
    untold: z.number(),
    /** Where the file ends too early; null when it is whole. */
    brokeOffAtBytes: z.number().nullable(),
    /** Why it was not read to its end; null when it was. */
    problem: problemSchema.nullable(),
  }),
  /** Nothing of this file was taken. */
  z.object({ step: z.literal('not-opened'), file: z.string(), problem: problemSchema }),
]);
export type TakeStep = z.infer<typeof takeStepSchema>;

export const writeStepSchema = z.discriminatedUnion('step', [
  z.object({ step: z.literal('entry'), id: z.string(), bytes: z.number() }),
  /** Left out because it can't be read; the others go on. */
  z.object({ step: z.literal('left-out'), id: z.string(), problem: problemSchema }),
  /** Durable. `readBack`: every frame came back from the medium itself, not only from the system's memory. */
  z.object({
    step: z.literal('file'),
    path: z.string(),
    bytes: z.number(),
    entries: z.number(),
    readBack: z.boolean(),
  }),
  z.object({
    step: z.literal('written'),
    files: z.number(),
    entries: z.number(),
    bytes: z.number(),
    /** Those that would have been too much for `maxBytes`. */
    noRoom: z.number(),
  }),
]);
export type WriteStep = z.infer<typeof writeStepSchema>;

/** True when something of a bundle could not be taken in. */
export function isTrouble(step: TakeStep): boolean {
  if (step.step === 'entry') return step.result === 'refused' || step.result === 'damaged';
  if (step.step === 'closed') return step.missing > 0 || step.brokeOffAtBytes !== null || step.problem !== null;
  return step.step === 'hole' || step.step === 'not-opened';
}

/** True when it is damage: the sender can write it again, and it would be taken. */
export function isDamage(step: TakeStep): boolean {
  if (step.step === 'entry') return step.result === 'damaged';
  if (step.step === 'not-opened') return step.problem.code === 'ENR-CRR-004';
  if (step.step === 'closed') return step.problem === null && isTrouble(step);
  return isTrouble(step);
}
