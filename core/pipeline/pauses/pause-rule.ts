/**
 * Pause rules: which registrations are held, how long, and what becomes of them then. A rule decides before a stage, never
 * within one, and holds a registration once: whoever has let it go on would otherwise see it held again at once.
 */
import { canonicalDigest } from '@enroute/shared/crypto/canonical-digest.ts';
import { PROCESSES } from '@enroute/shared/enrolment/enrolment.ts';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { actorIdSchema, personIdSchema, stationSchema, timeSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import { centerOf, centerSchema } from '../../people/person.ts';
import { conditionProblems, conditionSchema, holds } from '../flow/conditions.ts';
import type { Outcome } from '../outcome.ts';

const MAX_NAMED = 200;
const MAX_HOURS = 366 * 24;
const HOUR_MS = 60 * 60 * 1000;

export const ruleNameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'small letters, digits and "-"');

/** What a registration must be: all that is said. Nothing said is every registration. */
const matchSchema = z.strictObject({
  processes: z.array(z.enum(PROCESSES)).min(1).max(PROCESSES.length).optional(),
  centers: z.array(centerSchema).min(1).max(MAX_NAMED).optional(),
  stations: z.array(stationSchema).min(1).max(MAX_NAMED).optional(),
  operators: z.array(personIdSchema).min(1).max(MAX_NAMED).optional(),
  /** Over what the stages have found out, as in the routes of a flow. */
  when: conditionSchema
    .refine((condition) => conditionProblems(condition).length === 0, 'asks for a fact that there is not')
    .optional(),
});

export const pauseRuleSchema = z
  .strictObject({
    name: ruleNameSchema,
    match: matchSchema,
    /** Nothing is held before. */
    from: timeSchema.optional(),
    /** Nothing is held from then on, and what it holds goes on then. */
    until: timeSchema.optional(),
    /** So long each is held, if its end does not come before. */
    hours: z.int().min(1).max(MAX_HOURS).optional(),
    after: z.enum(['resume', 'stop']),
  })
  .refine(({ until, hours }) => until !== undefined || hours !== undefined, 'until or hours must say when it ends')
  .refine(({ from, until }) => from === undefined || until === undefined || from < until, 'it ends before it begins');

export type PauseRule = z.infer<typeof pauseRuleSchema>;
export type PauseMatch = PauseRule['match'];

/** A rule as it lies in the database: who has set it, and when. */
export const storedRuleSchema = z.strictObject({
  _id: z.string(),
  _rev: z.string().optional(),
  v: z.literal(1),
  rule: pauseRuleSchema,
  by: actorIdSchema,
  at: timeSchema,
});

export type StoredRule = z.infer<typeof storedRuleSchema>;

/** So much has room in the audit's name of a thing. */
const MAX_TEXT = 200;
const DIGEST_DIGITS = 16;

/** What a rule says, on one line of printable ASCII; one that says much is cut, and its digest tells it from others. */
export function ruleText({ name, ...said }: PauseRule): string {
  const json = JSON.stringify(said).replace(/[^\x20-\x7e]/g, (letter) => {
    return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  const text = `pause rule ${name}: ${json}`;
  if (text.length <= MAX_TEXT) return text;
  const end = ` ... ${canonicalDigest({ name, ...said }).slice(0, DIGEST_DIGITS)}`;
  return `${text.slice(0, MAX_TEXT - end.length)}${end}`;
}

/** Asked before each stage. @returns what it is to wait for, or undefined when nothing holds it */
export type Gate = (registration: Registration, now: Date) => Outcome | undefined;

/**
 * @param rules those that there are now
 * @param answerOf the stage by which the end of a registration is told: what may have been told is not held any more
 */
export function pauseGate(
  rules: () => readonly PauseRule[],
  answerOf: (registration: Registration) => string | undefined,
): Gate {
  return (registration, now) => {
    const known = rules();
    if (known.length === 0 || registration.verdict || registration.stage === answerOf(registration)) return undefined;
    const held = longest(
      known.filter((rule) => isHeldBy(registration, rule, now)),
      now,
    );
    if (!held) return undefined;
    const { name, after } = held;
    return { kind: 'park', reason: 'paused', until: endOf(held, now), key: name, pause: { rule: name, after } };
  };
}

/** Whether a rule has something to say of a registration at that time. */
export function isHeldBy(registration: Registration, rule: PauseRule, now: Date): boolean {
  if (registration.immune?.includes(rule.name)) return false;
  const time = now.toISOString();
  if (rule.from !== undefined && time < rule.from) return false;
  return (rule.until === undefined || time < rule.until) && fits(registration, rule.match);
}

function fits(registration: Registration, match: PauseMatch): boolean {
  const { process, station, operator } = registration;
  if (match.processes && !match.processes.includes(process)) return false;
  if (match.centers && !match.centers.includes(centerOf(station))) return false;
  if (match.stations && !match.stations.includes(station)) return false;
  if (match.operators && !match.operators.includes(operator)) return false;
  return match.when === undefined || holds(match.when, registration);
}

/** Of rules that hold at the same time the one that holds longest; of equal ones the first by name. */
function longest(rules: readonly PauseRule[], now: Date): PauseRule | undefined {
  const byEnd = (one: PauseRule, other: PauseRule): number =>
    endOf(other, now).getTime() - endOf(one, now).getTime() || (one.name < other.name ? -1 : 1);
  return [...rules].sort(byEnd)[0];
}

function endOf({ until, hours }: PauseRule, now: Date): Date {
  const ends = [
    ...(until === undefined ? [] : [Date.parse(until)]),
    ...(hours === undefined ? [] : [now.getTime() + hours * HOUR_MS]),
  ];
  return new Date(Math.min(...ends));
}
