/**
 * What an event makes of a registration. Data in, data out: the worker of its lane saves what comes of it.
 *
 * ```
 * event    where the registration is            what becomes of it
 * wake     waits for just this                  goes on, with what came for it
 *          not there yet, or held for another   later
 *          has left the stage that asked        ignored
 * watch    has not ended                        notes who wants to be told
 *          its bytes are not there              later
 *          has ended                            tells at once
 * act      where the act has something to do    see apply-act.ts
 * any      has ended, or has had this event     ignored
 * ```
 * To be ignored is no failure: what an event was for has come about in another way, or no longer can.
 */
import { MAX_APPLIED, MAX_WATCHERS, moveTo, type Registration } from '@enroute/shared/registration/registration.ts';
import { isTerminal, type TerminalState } from '@enroute/shared/registration/states.ts';
import type { StoredRegistration } from '../../databases.ts';
import { letGo } from '../pauses/immunity.ts';
import { applyAct } from './apply-act.ts';
import { correctedSchema, type EventDraft, type PipelineEvent } from './event.ts';
import { changed, type EventFlow, ignored, LATER, noted, type Ruled, type TargetFlow } from './ruled.ts';

export type Applied =
  | { readonly kind: 'changed'; readonly registration: StoredRegistration; readonly emit: readonly EventDraft[] }
  | { readonly kind: 'ignored'; readonly why: string }
  /** It can't be told yet; ask again. */
  | { readonly kind: 'later' };

const MAX_CORRECTIONS = 9;

/**
 * @param flow the one that the registration runs on, in its version
 * @param now for the history and for times that are over
 * @param target of a migration, the version that it leads to; undefined when it is not at hand
 */
export function applyEvent(
  registration: StoredRegistration,
  event: PipelineEvent,
  flow: EventFlow,
  now: Date,
  target?: TargetFlow,
): Applied {
  if (registration.applied?.includes(event._id)) return ignored('it was applied already');
  const { state } = registration;
  if (isTerminal(state)) {
    // The watcher's wait may have begun after this end: who ended could not tell those whom it did not know of.
    if (event.kind === 'watch')
      return { kind: 'changed', registration, emit: [ended(event.watcher, registration._id, state, now)] };
    return ignored(`the registration has ended as ${state}`);
  }
  const ruled = ruleOf(registration, event, flow, now, target);
  if (ruled.kind !== 'changed') return ruled;
  const { applied = [], _rev } = registration;
  const counted = [...applied, event._id].slice(-MAX_APPLIED);
  return { kind: 'changed', registration: { ...ruled.registration, _rev, applied: counted }, emit: [] };
}

/** Tells a registration that the one for which it waits has ended. However often it is told, it is one event. */
export function ended(watcher: string, rid: string, state: TerminalState, now: Date): EventDraft {
  const id = `${watcher}:ended-${rid}`;
  const at = now.toISOString();
  return { _id: id, kind: 'wake', rid: watcher, at, reason: 'introducer', key: rid, body: { rid, state } };
}

function ruleOf(
  registration: StoredRegistration,
  event: PipelineEvent,
  flow: EventFlow,
  now: Date,
  target: TargetFlow | undefined,
): Ruled {
  switch (event.kind) {
    case 'wake':
      return wake(registration, event, flow, now);
    case 'watch':
      return watch(registration, event.watcher);
    case 'act':
      return applyAct(registration, event, flow, now, target);
  }
}

type Wake = Extract<PipelineEvent, { kind: 'wake' }>;

function wake(registration: Registration, event: Wake, flow: EventFlow, now: Date): Ruled {
  const { parked } = registration;
  if (!parked || !isFor(event, parked)) return unawaited(registration, event, flow);
  const answered = withAnswer(registration, event);
  if (!answered) return ignored('it does not say what was waited for');
  const stage = { stage: wakesAt(registration, event, flow), attempts: 0 };
  const change = { ...stage, ...letGo(registration), history: noted(registration, now, { outcome: 'wake' }) };
  return changed(moveTo(answered, 'IN_FLOW', change, now));
}

/** The question goes out before the wait is saved: an answer can be faster than the core, and must not be lost. */
function unawaited({ state, stage, visit = 0 }: Registration, event: Wake, flow: EventFlow): Ruled {
  if (event.reason === 'paused') return ignored('it is not held by this');
  // The wait's own time is over, and how it ends is decided.
  if (state !== 'PARKED' && stage === flow.answer) return ignored('the registration is about to end');
  if (event.visit !== undefined && event.visit < visit) return ignored('it has left the stage that asked');
  return LATER;
}

/** What was held goes on where it was held, whatever its flow says of other waits. */
function wakesAt({ stage }: Registration, { reason }: Wake, { wakers, first }: EventFlow): string {
  const at = reason === 'paused' ? undefined : wakers[reason]?.resumeAt;
  return at ?? stage ?? first;
}

/** A wait that does not say for what exactly takes whatever comes for its reason. */
function isFor({ reason, key }: Wake, parked: NonNullable<Registration['parked']>): boolean {
  return parked.reason === reason && (parked.key === undefined || parked.key === key);
}

/** @returns undefined when what came is not of the form that such a wait takes */
function withAnswer(registration: Registration, { reason, key = reason, body }: Wake): Registration | undefined {
  if (reason === 'correction') return withCorrection(registration, body);
  return body === undefined ? registration : { ...registration, answer: { key, body } };
}

function withCorrection(registration: Registration, body: unknown): Registration | undefined {
  const read = correctedSchema.safeParse(body);
  const { corrections } = registration;
  if (!read.success || corrections.length >= MAX_CORRECTIONS) return undefined;
  if (corrections.some(({ rid }) => rid === read.data.rid)) return undefined;
  return { ...registration, corrections: [...corrections, read.data] };
}

function watch(registration: Registration, watcher: string): Ruled {
  const { state, watchers = [] } = registration;
  // Until the bytes have come the gateway writes it, and nobody else.
  if (state === 'ANNOUNCED') return LATER;
  if (watchers.includes(watcher)) return ignored('it is to be told already');
  // There is room for no more; it is told when this one has ended, a little later than the others.
  if (watchers.length >= MAX_WATCHERS) return LATER;
  return changed({ ...registration, watchers: [...watchers, watcher] });
}
