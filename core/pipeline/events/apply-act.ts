/**
 * What a person's order makes of a registration. An order that has nothing to do where the registration is by then is
 * ignored: between the order and its lane's worker it may have gone on.
 *
 * ```
 * order        from                              to
 * resume       PARKED by a pause, DEAD_LETTER    IN_FLOW at its stage, with a whole budget
 * resume-from  IN_FLOW, PARKED, DEAD_LETTER      IN_FLOW at the named stage, where it is or has been already
 * restart      IN_FLOW, PARKED, DEAD_LETTER      IN_FLOW at the first stage; what the stages found out is forgotten
 * stop         IN_FLOW, PARKED, DEAD_LETTER      IN_FLOW at the stage that tells the station, as REJECTED
 * decide       PARKED for a decision             IN_FLOW at the stage that asked, with what was decided
 * prioritise   any that has not ended            where it is
 * pause        IN_FLOW                           PARKED
 * migrate      IN_FLOW, PARKED, DEAD_LETTER      where it is, at the named stage of the other version; from the stage that
 *                                                tells the station to that of the other version, and from no other
 * ```
 * Once it has come to the stage that tells the station, it can only be resumed: the station may have been told already,
 * and what it was told stays true.
 */
import { moveTo, newVisit, type Registration } from '@enroute/shared/registration/registration.ts';
import type { RegistrationState } from '@enroute/shared/registration/states.ts';
import { heldBy, letGo } from '../pauses/immunity.ts';
import type { Act, Migration, Ordered, PipelineEvent } from './event.ts';
import { changed, type EventFlow, ignored, LATER, noted, type Ruled, type TargetFlow } from './ruled.ts';

const OPEN = ['IN_FLOW', 'PARKED', 'DEAD_LETTER'] as const;

/** Where each has something to do. */
const ACTS_IN: Readonly<Record<Act['do'], readonly RegistrationState[]>> = {
  resume: ['PARKED', 'DEAD_LETTER'],
  'resume-from': OPEN,
  restart: OPEN,
  stop: OPEN,
  decide: ['PARKED'],
  prioritise: ['RECEIVED', ...OPEN],
  pause: ['IN_FLOW'],
  migrate: OPEN,
};

/** Those that leave alone what the registration comes to, and which way it goes. */
const HARMLESS: ReadonlySet<Act['do']> = new Set(['resume', 'prioritise', 'migrate']);

/** @param target of a migration, the version that it leads to; undefined when it is not at hand */
export function applyAct(
  registration: Registration,
  { act, by }: Extract<PipelineEvent, { kind: 'act' }>,
  flow: EventFlow,
  now: Date,
  target?: TargetFlow,
): Ruled {
  const { state, stage } = registration;
  if (state === 'ANNOUNCED') return ignored('its bytes are not there');
  if (!ACTS_IN[act.do].includes(state)) {
    // It enters its flow in a moment.
    return state === 'RECEIVED' ? LATER : ignored(`a registration in ${state} is not to be changed by "${act.do}"`);
  }
  if (stage === flow.answer && !HARMLESS.has(act.do)) return ignored('its answer is on the way to the station');
  const code = act.do === 'stop' ? { code: act.code } : {};
  const history = noted(registration, now, { outcome: act.do, ...code, by });
  const noting = { ...registration, history };
  return act.do === 'migrate' ? migrate(noting, act, flow, now, target) : carryOut(noting, act, by, flow, now);
}

function carryOut(registration: Registration, act: Ordered, by: string, flow: EventFlow, now: Date): Ruled {
  switch (act.do) {
    case 'resume':
      return resume(registration, flow, now);
    case 'resume-from':
      return resumeFrom(registration, act.stage, flow, now);
    case 'restart':
      return changed(goTo({ ...undecided(registration), facts: {} }, flow.first, flow, now));
    case 'stop': {
      // The first verdict stands.
      const verdict = registration.verdict ?? { state: 'REJECTED' as const, code: act.code };
      return changed(goTo({ ...registration, verdict }, flow.answer, flow, now));
    }
    case 'decide':
      return decide(registration, act.accept, flow, now);
    case 'prioritise':
      return registration.priority === act.priority
        ? ignored('it has this priority')
        : changed({ ...registration, priority: act.priority });
    case 'pause': {
      if (act.until <= now.toISOString()) return ignored('the end of the pause is over');
      const pause = { rule: heldBy(by), after: act.after };
      const parked = { reason: 'paused' as const, until: act.until, pause };
      return changed(moveTo(registration, 'PARKED', { parked, attempts: 0 }, now));
    }
  }
}

function resume(registration: Registration, flow: EventFlow, now: Date): Ruled {
  const { parked, stage } = registration;
  if (parked && parked.reason !== 'paused') return ignored(`it waits (${parked.reason}), and is not held by a pause`);
  return changed(goTo(registration, stage ?? flow.first, flow, now));
}

/** Back, and never past a check: to where it is, or has been since it last began. */
function resumeFrom(registration: Registration, stage: string, flow: EventFlow, now: Date): Ruled {
  if (!has(flow, stage)) return ignored(`its flow has no stage "${stage}"`);
  if (stage === flow.answer) return ignored(`"${stage}" tells its end: to stop it is another order`);
  if (!hasBeenAt(registration, stage, flow)) return ignored(`it has not come to "${stage}" yet`);
  return changed(goTo(undecided(registration), stage, flow, now));
}

/** Of one whose beginning is in the archive, the order of the steps says what lies behind it. */
function hasBeenAt(
  { history, archivedPages = 0, stage }: Registration,
  asked: string,
  { first, steps }: EventFlow,
): boolean {
  if (asked === (stage ?? first)) return true;
  const begun = history.findLastIndex(({ outcome }) => outcome === 'restart');
  if (history.slice(begun + 1).some((entry) => entry.stage === asked)) return true;
  if (begun >= 0 || archivedPages === 0) return false;
  const placeOf = (name: string | undefined): number => steps.findIndex((step) => step.stage === name);
  return placeOf(asked) < placeOf(stage);
}

function decide(registration: Registration, accept: string | undefined, flow: EventFlow, now: Date): Ruled {
  const { parked, stage } = registration;
  if (parked?.reason !== 'decision') return ignored('it waits for no decision');
  const body = accept === undefined ? { decision: 'reject' } : { decision: 'accept', rid: accept };
  const answered = { ...registration, answer: { key: parked.key ?? 'decision', body } };
  return changed(goTo(answered, flow.wakers.decision?.resumeAt ?? stage ?? flow.first, flow, now));
}

/** Only the version and the stage: what waits goes on waiting, and a dead letter stays one until it is resumed. */
function migrate(
  registration: Registration,
  { from, to }: Migration,
  flow: EventFlow,
  now: Date,
  target: TargetFlow | undefined,
): Ruled {
  const { flow: on, stage, parked } = registration;
  if (on?.version !== from.version) return ignored(`it does not run on version ${from.version}`);
  if (stage !== from.stage) return ignored(`it is not at "${from.stage}" any more`);
  // A worker that has that version may come; without it, it would stand still there.
  if (!target) return LATER;
  if (!has(target, to.stage)) return ignored(`that version has no stage "${to.stage}"`);
  // Of a version that nobody has any more, the stage that tells the end is taken to be called as it is now.
  const isAnswer = stage === (flow.version === from.version ? flow : target).answer;
  if (isAnswer !== (to.stage === target.answer)) return ignored(`"${to.stage}" is not the same for its end`);
  const isWoken =
    parked === undefined || parked.reason === 'paused' || target.stage(to.stage).parks?.includes(parked.reason);
  if (!isWoken) return ignored(`it waits (${parked?.reason}), and "${to.stage}" of that version does not`);
  const { notBefore: _notBefore, ...kept } = registration;
  const moved = { ...kept, flow: { name: target.name, version: target.version }, stage: to.stage, attempts: 0 };
  return changed(to.stage === stage ? moved : { ...newVisit(moved), stageSince: now.toISOString() });
}

/** A registration that was given up before it had entered its flow enters it here. */
function goTo(registration: Registration, stage: string, { name, version }: EventFlow, now: Date): Registration {
  const change = { flow: registration.flow ?? { name, version }, stage, attempts: 0, ...letGo(registration) };
  return moveTo(registration, 'IN_FLOW', change, now);
}

/** What it was to come to is open again, and what came for a question of a stage counts no more: it is asked anew. */
function undecided({ verdict: _verdict, answer: _answer, ...kept }: Registration): Registration {
  return newVisit(kept);
}

function has({ steps }: EventFlow, name: string): boolean {
  return steps.some(({ stage }) => stage === name);
}
