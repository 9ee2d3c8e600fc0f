/**
 * The census: where all registrations are at one moment, counted from the registrations themselves, so that it is right
 * whatever workers came and went. Counts and times alone; what is stuck is named by its RID.
 */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { isTerminal, REGISTRATION_STATES } from '@enroute/shared/registration/states.ts';
import { timeSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import { withDwell } from '../../pipeline/observe/dwell.ts';
import { BEFORE_FIRST } from '../../pipeline/observe/stage-stats.ts';

const countSchema = z.int().nonnegative();
const heapSchema = z.strictObject({ count: countSchema, oldest: timeSchema.optional() });

export const censusSchema = z.strictObject({
  at: timeSchema,
  /** How long counting took. */
  ms: z.number().nonnegative(),
  states: z.partialRecord(z.enum(REGISTRATION_STATES), countSchema),
  /** Received or in flow, by the stage that is next; `oldest` is when the one that has been there longest came. */
  stages: z.record(z.string(), heapSchema),
  /** Documents that are no registration as this version knows them. */
  unreadable: countSchema,
  /** Of those in flow, how many wait for another try. */
  retrying: countSchema,
  /** By what is waited for. */
  parked: z.record(z.string(), heapSchema),
  /** By stage and code. */
  deadLetters: z.record(z.string(), countSchema),
  /** All that is received or in flow; `oldest` is when the one that has not moved for longest came where it is. */
  backlog: heapSchema,
  /** Of those that wait for no other try, how long they have been where they are: counts by length, see dwell.ts. */
  ages: z.array(countSchema),
  /** RIDs that have not moved for far longer than others take; at most MAX_STUCK of them, and how many in all. */
  stuck: z.strictObject({ count: countSchema, rids: z.array(z.string()) }),
});

export type Census = z.infer<typeof censusSchema>;
type Heap = z.infer<typeof heapSchema>;

const MAX_STUCK = 100;

export function emptyCensus(at: Date): Census {
  return {
    at: at.toISOString(),
    ms: 0,
    states: {},
    stages: {},
    unreadable: 0,
    retrying: 0,
    parked: {},
    deadLetters: {},
    backlog: { count: 0 },
    ages: [],
    stuck: { count: 0, rids: [] },
  };
}

/** @param isStuck what counts as not moving */
export function countIn(census: Census, registration: Registration, isStuck: (one: Registration) => boolean): void {
  const { _id: rid, state, parked, notBefore } = registration;
  census.states[state] = (census.states[state] ?? 0) + 1;
  if (isTerminal(state) || state === 'ANNOUNCED') return;
  const { stage = BEFORE_FIRST, stageSince, receivedAt, announcedAt } = registration;
  const since = stageSince ?? receivedAt ?? announcedAt;
  if (isStuck(registration)) {
    census.stuck.count += 1;
    if (census.stuck.rids.length < MAX_STUCK) census.stuck.rids.push(rid);
  }
  if (state === 'PARKED') {
    const reason = parked?.reason ?? '';
    census.parked[reason] = withOne(census.parked[reason], since);
  } else if (state === 'DEAD_LETTER') {
    const name = `${stage} ${registration.history.at(-1)?.code ?? ''}`.trim();
    census.deadLetters[name] = (census.deadLetters[name] ?? 0) + 1;
  } else {
    census.stages[stage] = withOne(census.stages[stage], since);
    census.backlog = withOne(census.backlog, since);
    if (notBefore !== undefined && notBefore > census.at) census.retrying += 1;
    else census.ages = [...withDwell(census.ages, Date.parse(census.at) - Date.parse(since))];
  }
}

/** One that no worker can read does not get on by itself either. */
export function countUnreadable(census: Census, rid: string): void {
  census.unreadable += 1;
  census.stuck.count += 1;
  if (census.stuck.rids.length < MAX_STUCK) census.stuck.rids.push(rid);
}

function withOne(heap: Heap | undefined, since: string): Heap {
  const oldest = heap?.oldest !== undefined && heap.oldest < since ? heap.oldest : since;
  return { count: (heap?.count ?? 0) + 1, oldest };
}
