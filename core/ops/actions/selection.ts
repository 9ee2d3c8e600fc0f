/** Which registrations are meant, as data: all that is said must be true of one. What has ended is never meant. */
import { PROCESSES } from '@enroute/shared/enrolment/enrolment.ts';
import { PARK_REASONS, type Registration } from '@enroute/shared/registration/registration.ts';
import type { RegistrationState } from '@enroute/shared/registration/states.ts';
import { personIdSchema, ridSchema, stationSchema, statusCodeSchema } from '@enroute/shared/schemas/common.ts';
import { PRIORITIES } from '@enroute/shared/schemas/manifest.ts';
import { z } from 'zod';
import { centerOf, centerSchema } from '../../people/person.ts';

export const SELECTED_STATES = ['RECEIVED', 'IN_FLOW', 'PARKED', 'DEAD_LETTER'] as const satisfies RegistrationState[];

const MAX_ALTERNATIVES = 200;
const MAX_AGE_HOURS = 10 * 366 * 24;
const HOUR_MS = 60 * 60 * 1000;

const oneOf = <T>(schema: z.ZodType<T>) => z.array(schema).min(1).max(MAX_ALTERNATIVES).optional();
const nameSchema = z.string().min(1).max(128);

export const selectionSchema = z.strictObject({
  rids: oneOf(ridSchema),
  states: oneOf(z.enum(SELECTED_STATES)),
  stages: oneOf(nameSchema),
  /** Of the last thing that was noted of it. */
  codes: oneOf(statusCodeSchema),
  /** What it waits for. */
  reasons: oneOf(z.enum(PARK_REASONS)),
  /** Of a pause: the rule that holds it. */
  rules: oneOf(nameSchema),
  processes: oneOf(z.enum(PROCESSES)),
  centers: oneOf(centerSchema),
  stations: oneOf(stationSchema),
  operators: oneOf(personIdSchema),
  priorities: oneOf(z.enum(PRIORITIES)),
  flowVersions: oneOf(z.int().positive()),
  /** It has been where it is for longer than this. */
  hours: z.int().positive().max(MAX_AGE_HOURS).optional(),
});

export type Selection = z.infer<typeof selectionSchema>;

/** Since when it is where it is. */
export function sinceOf({ stageSince, receivedAt, announcedAt }: Registration): string {
  return stageSince ?? receivedAt ?? announcedAt;
}

export function lastCodeOf({ history }: Registration): string | undefined {
  return history.at(-1)?.code;
}

export function isMeant(registration: Registration, selection: Selection, now: Date): boolean {
  const { state, stage, parked, station, flow } = registration;
  const { hours } = selection;
  const before = hours === undefined ? undefined : new Date(now.getTime() - hours * HOUR_MS).toISOString();
  return (
    isIn(selection.states ?? SELECTED_STATES, state) &&
    isIn(selection.rids, registration._id) &&
    isIn(selection.stages, stage) &&
    isIn(selection.codes, lastCodeOf(registration)) &&
    isIn(selection.reasons, parked?.reason) &&
    isIn(selection.rules, parked?.pause?.rule) &&
    isIn(selection.processes, registration.process) &&
    isIn(selection.centers, centerOf(station)) &&
    isIn(selection.stations, station) &&
    isIn(selection.operators, registration.operator) &&
    isIn(selection.priorities, registration.priority) &&
    isIn(selection.flowVersions, flow?.version) &&
    (before === undefined || sinceOf(registration) < before)
  );
}

function isIn(named: readonly (string | number)[] | undefined, value: string | number | undefined): boolean {
  return named === undefined || (value !== undefined && named.includes(value));
}
