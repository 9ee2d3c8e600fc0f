/** Looks through the registrations for those that are meant: how many, where they stand, and some to look at. */
import type { StoredRegistration } from '../../databases.ts';
import { centerOf } from '../../people/person.ts';
import { isHeldBy, type PauseRule } from '../../pipeline/pauses/pause-rule.ts';
import type { Database } from '../../store/store.ts';
import { byRid, openRegistrations } from './open-registrations.ts';
import { isMeant, lastCodeOf, SELECTED_STATES, type Selection, sinceOf } from './selection.ts';

export interface LookOptions {
  readonly registrations: Database;
  /** Where the census keeps the roll. */
  readonly checkpoints: Database;
  readonly now: () => Date;
  /** Looking ends after that, also while it waits for others who look; what was found until then is told. */
  readonly withinMs: number;
  readonly stopping?: AbortSignal | undefined;
  /** Told how many were looked at so far, a page at a time. */
  readonly onProgress?: (looked: number) => void;
}

/** What of it those need who look through the registrations for others. */
export type Looking = Omit<LookOptions, 'registrations' | 'checkpoints' | 'now'>;

export interface Sample {
  readonly rid: string;
  readonly state: string;
  readonly stage: string;
  readonly process: string;
  readonly station: string;
  readonly priority: string;
  /** Since when it is there. */
  readonly since: string;
  /** Of the last thing that was noted. */
  readonly code: string | null;
  readonly reason: string | null;
  readonly until: string | null;
}

type Counts = Readonly<Record<string, number>>;

export interface Found {
  readonly rids: readonly string[];
  /** One that has moved meanwhile is looked at again. */
  readonly looked: number;
  /** False when there are more than are dealt with at once, or the time was over: there may be others. */
  readonly complete: boolean;
  readonly byState: Counts;
  readonly byStage: Counts;
  readonly byCenter: Counts;
  readonly byReason: Counts;
  readonly samples: readonly Sample[];
}

/** So many are found at once, at most. */
export const MAX_FOUND = 5_000;
const MAX_SAMPLES = 20;

/** @throws StoreError; the signal's reason when it is aborted */
export function lookFor(selection: Selection, options: LookOptions): Promise<Found> {
  const { now } = options;
  return lookWhere((registration) => isMeant(registration, selection, now()), selection, options);
}

/** Those that a rule would hold if it were in force, and its time had come. */
export function lookForHeld(rule: PauseRule, options: LookOptions): Promise<Found> {
  const { now } = options;
  const isHeld = (registration: StoredRegistration): boolean => {
    const time = now().toISOString();
    return isHeldBy(registration, rule, rule.from !== undefined && rule.from > time ? new Date(rule.from) : now());
  };
  return lookWhere(isHeld, { states: ['RECEIVED', 'IN_FLOW'] }, options);
}

async function lookWhere(
  isWanted: (registration: StoredRegistration) => boolean,
  { rids, states = SELECTED_STATES }: Pick<Selection, 'rids' | 'states'>,
  { registrations, checkpoints, withinMs, stopping, onProgress }: LookOptions,
): Promise<Found> {
  const timeUp = AbortSignal.timeout(withinMs);
  const signal = stopping ? AbortSignal.any([stopping, timeUp]) : timeUp;
  const found = new Map<string, StoredRegistration>();
  let looked = 0;
  const look = async (): Promise<boolean> => {
    const options = { registrations, checkpoints, signal };
    for await (const page of rids ? byRid(rids, registrations, signal) : openRegistrations(states, options)) {
      for (const registration of page) {
        const { _id: rid } = registration;
        // One that has moved comes again, and is then perhaps not meant any more.
        if (isWanted(registration)) found.set(rid, registration);
        else found.delete(rid);
      }
      looked += page.length;
      onProgress?.(looked);
      if (found.size > MAX_FOUND) return false;
      signal.throwIfAborted();
    }
    return true;
  };
  let complete = false;
  try {
    complete = await inTurn(registrations, look);
  } catch (error) {
    stopping?.throwIfAborted();
    if (!timeUp.aborted) throw error;
  }
  return { ...summaryOf([...found.values()].slice(0, MAX_FOUND)), looked, complete };
}

/** One look after the other: each may read the whole database, and several at once would only make each other slow. */
const turns = new WeakMap<Database, Promise<unknown>>();

async function inTurn<T>(registrations: Database, look: () => Promise<T>): Promise<T> {
  const before = turns.get(registrations) ?? Promise.resolve();
  const running = before.then(look);
  turns.set(
    registrations,
    running.catch(() => undefined),
  );
  return running;
}

function summaryOf(found: readonly StoredRegistration[]): Omit<Found, 'looked' | 'complete'> {
  return {
    rids: found.map(({ _id }) => _id),
    byState: countBy(found, ({ state }) => state),
    byStage: countBy(found, ({ stage }) => stage),
    byCenter: countBy(found, ({ station }) => centerOf(station)),
    byReason: countBy(found, ({ parked }) => parked?.reason),
    samples: found.slice(0, MAX_SAMPLES).map(sampleOf),
  };
}

function sampleOf(registration: StoredRegistration): Sample {
  const { _id: rid, state, stage = '', process, station, priority, parked } = registration;
  return {
    rid,
    state,
    stage,
    process,
    station,
    priority,
    since: sinceOf(registration),
    code: lastCodeOf(registration) ?? null,
    reason: parked?.reason ?? null,
    until: parked?.until ?? null,
  };
}

function countBy(
  found: readonly StoredRegistration[],
  nameOf: (registration: StoredRegistration) => string | undefined,
): Counts {
  const counts: Record<string, number> = {};
  for (const registration of found) {
    const name = nameOf(registration);
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
