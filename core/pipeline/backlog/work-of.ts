/**
 * What a registration that the feed shows is to this worker.
 *
 * ```
 * work    a stage of it is to be run here, now or within seconds: it is held in memory
 * waits   it is ours and waits: a timer wakes it, and it takes no memory
 * none    it is done, or not ours: another lane, a stage that other workers run, somebody else's since
 * ```
 * One that runs on a flow or a version of it that this worker does not have waits, too: a worker that has it may come.
 */
import { registrationSchema } from '@enroute/shared/registration/registration.ts';
import { REGISTRATION_STATES } from '@enroute/shared/registration/states.ts';
import { z } from 'zod';
import type { StoredRegistration } from '../../databases.ts';
import type { LoadedFlow } from '../flow/flow.ts';
import { isFencedOff } from '../lanes/is-fenced-off.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { Timer } from '../timers/timer.ts';

/** A wait that is shorter takes place in memory; a timer would cost more. */
const SHORT_WAIT_MS = 5_000;
/** A registration whose flow is not at hand is looked at again after this. */
const LOOK_AGAIN_MS = 5 * 60_000;

export type WorkOf =
  | { readonly kind: 'work'; readonly registration: StoredRegistration }
  | { readonly kind: 'waits'; readonly timer: Timer }
  | { readonly kind: 'none' };

export interface Worker {
  readonly lanes: Pick<Lanes, 'held'>;
  /** The stages that it runs; all of them when it is not said. */
  readonly stages: { has(stage: string): boolean } | undefined;
  /** Undefined when the flow is not at hand, or not in this version. */
  readonly flowOf: (registration: StoredRegistration) => LoadedFlow | undefined;
  readonly now: () => Date;
  /** Told of what can't be worked on here, and why. */
  readonly onTrouble: (rid: string, trouble: Trouble) => void;
}

export type Trouble = 'unreadable' | 'flow not at hand' | 'written by a later holder of its lane';

const NONE: WorkOf = { kind: 'none' };

/** Enough to leave alone what is not ours, without reading all of it. */
const headSchema = z.object({ _id: z.string(), state: z.enum(REGISTRATION_STATES), lane: z.int() });
const MAY_BE_OURS = new Set<string>(['RECEIVED', 'IN_FLOW', 'PARKED']);

/** @param doc as the store has it */
export function workOf(doc: { readonly _id: string; readonly _rev: string }, worker: Worker): WorkOf {
  const head = headSchema.safeParse(doc);
  if (head.success && !MAY_BE_OURS.has(head.data.state)) return NONE;
  if (head.success && !worker.lanes.held().has(head.data.lane)) return NONE;
  const parsed = registrationSchema.safeParse(doc);
  if (!parsed.success) {
    worker.onTrouble(doc._id, 'unreadable');
    return NONE;
  }
  return workOfOurs({ ...parsed.data, _rev: doc._rev }, worker);
}

function workOfOurs(registration: StoredRegistration, worker: Worker): WorkOf {
  const { _id: rid, lane, stage } = registration;
  if (isFencedOff(registration, worker)) {
    worker.onTrouble(rid, 'written by a later holder of its lane');
    return NONE;
  }
  const now = worker.now();
  const flow = worker.flowOf(registration);
  if (!flow) {
    worker.onTrouble(rid, 'flow not at hand');
    return { kind: 'waits', timer: { rid, lane, at: later(now, LOOK_AGAIN_MS) } };
  }
  if (worker.stages && !worker.stages.has(stage ?? flow.first)) return NONE;
  const until = waitsUntil(registration, now);
  return until === undefined ? { kind: 'work', registration } : { kind: 'waits', timer: { rid, lane, at: until } };
}

/** Until when a registration waits that is not to be kept in memory; undefined when it does not wait so long. */
export function waitsUntil({ state, parked, notBefore }: StoredRegistration, now: Date): string | undefined {
  if (state === 'PARKED') return parked?.until;
  const isLong = state === 'IN_FLOW' && notBefore !== undefined && notBefore > later(now, SHORT_WAIT_MS);
  return isLong ? notBefore : undefined;
}

function later(now: Date, ms: number): string {
  return new Date(now.getTime() + ms).toISOString();
}
