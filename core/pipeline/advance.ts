/** The rules by which outcomes, waits that end, and the lack of a way move a registration along its flow. Data in, data out. */
import {
  MAX_COUNTRY_FACTS,
  moveTo,
  type Registration,
  type RegistrationFacts,
  withHistory,
} from '@enroute/shared/registration/registration.ts';
import type { RegistrationState } from '@enroute/shared/registration/states.ts';
import { backOffMs } from '@enroute/sync/link/back-off.ts';
import type { StoredRegistration } from '../databases.ts';
import { DEAD_LETTER, END, type LoadedFlow, type RouteName, type Verdict } from './flow/flow.ts';
import { labelOf } from './flow/load-flow.ts';
import { chosenCase } from './flow/routes.ts';
import type { Outcome } from './outcome.ts';
import { immuneAfter } from './pauses/immunity.ts';

type CountryFacts = NonNullable<RegistrationFacts['country']>;

/** Of a pause whose time is over, where the registration is to end then. */
const STOPPED: Verdict = { state: 'REJECTED', code: 'ENR-FLW-002' };

/** A registration whose bytes have arrived enters its flow. */
export function enterFlow(registration: StoredRegistration, flow: LoadedFlow, now: Date): StoredRegistration {
  const stamp = { flow: { name: flow.name, version: flow.version }, stage: flow.first, attempts: 0 };
  return keepRev(registration, moveTo(registration, 'IN_FLOW', stamp, now));
}

/**
 * @param registration in flow, at the stage that said so
 * @param random 0 to 1, for the jitter of a retry
 * @throws Error when the flow has no way on from there, and when there are more country facts than a registration holds.
 */
export function advance(
  registration: StoredRegistration,
  outcome: Outcome,
  flow: LoadedFlow,
  now: Date,
  random: number,
): StoredRegistration {
  const stage = stageOf(registration);
  const step = flow.step(stage);
  const code = 'code' in outcome ? { code: outcome.code } : {};
  const entry = { at: now.toISOString(), stage, outcome: nameOf(outcome), ...code };
  const noted = withFacts({ ...registration, history: withHistory(registration.history, entry) }, outcome);
  switch (outcome.kind) {
    case 'next': {
      const { verdict } = outcome;
      return follow(verdict ? { ...noted, verdict } : noted, outcome.kind, flow, now);
    }
    case 'correct':
      return follow(noted, outcome.kind, flow, now);
    case 'branch':
      return follow(noted, `branch:${outcome.branch}`, flow, now);
    case 'reject':
      return follow(withVerdict(noted, { state: 'REJECTED', code: outcome.code }), outcome.kind, flow, now);
    case 'fail':
      return follow(withVerdict(noted, { state: 'FAILED', code: outcome.code }), outcome.kind, flow, now);
    case 'park': {
      const { reason, until, key, pause } = outcome;
      // What ends a pause stands on the pause itself.
      if (reason === 'paused' ? !pause : !flow.wakers[reason]) {
        throw new Error(`${labelOf(flow)} has nothing that ends a wait for "${reason}".`);
      }
      const parked = {
        reason,
        until: until.toISOString(),
        ...(key === undefined ? {} : { key }),
        ...(pause ? { pause } : {}),
      };
      // A stage that waits has seen what came; one that is held by a pause has not been run yet.
      const known = withFacts(noted, outcome);
      return move(pause ? known : withoutAnswer(known), 'PARKED', { parked, attempts: 0 }, now);
    }
    case 'retry': {
      const attempts = registration.attempts + 1;
      if (attempts >= step.retry.budget) return move(noted, 'DEAD_LETTER', { attempts }, now);
      const waitMs = backOffMs(registration.attempts, step.retry, random);
      const notBefore = new Date(now.getTime() + waitMs).toISOString();
      return move(noted, 'IN_FLOW', { attempts, notBefore }, now);
    }
  }
}

/**
 * The time of a wait is over: what the flow says for it happens. A pause ends as it says itself: the registration goes on
 * where it was held, and the same rule does not hold it again; or it ends.
 * @param registration parked, and due
 * @throws Error when it doesn't wait, and when the flow doesn't say what follows.
 */
export function expire(registration: StoredRegistration, flow: LoadedFlow, now: Date): StoredRegistration {
  const { parked } = registration;
  if (registration.state !== 'PARKED' || !parked) throw new Error(`Registration ${registration._id} does not wait.`);
  const { pause } = parked;
  if (pause) {
    if (pause.after === 'resume') {
      const immune = immuneAfter(registration);
      const change = { attempts: 0, ...(immune.length > 0 ? { immune } : {}) };
      return move(note(registration, 'expire', now), 'IN_FLOW', change, now);
    }
    return end(note(registration, 'expire', now, STOPPED), STOPPED, flow, now);
  }
  const waker = parked.reason === 'paused' ? undefined : flow.wakers[parked.reason];
  if (!waker) throw new Error(`${labelOf(flow)} has nothing that ends a wait for "${parked.reason}".`);
  const { expires } = waker;
  if ('verdict' in expires) return end(note(registration, 'expire', now, expires.verdict), expires.verdict, flow, now);
  return move(withoutAnswer(note(registration, 'expire', now)), 'IN_FLOW', { stage: expires.to, attempts: 0 }, now);
}

/** For what its flow does not know how to take on: someone must look. It keeps the stage that it is at. */
export function strand(registration: StoredRegistration, now: Date): StoredRegistration {
  const entry = {
    at: now.toISOString(),
    stage: registration.stage ?? '',
    outcome: 'strand',
    code: 'ENR-ENG-001',
  } as const;
  return move(registration, 'DEAD_LETTER', { history: withHistory(registration.history, entry) }, now);
}

/** The stage that a registration in flow is at. @throws Error on one that is not in a flow. */
export function stageOf(registration: Registration): string {
  if (registration.stage === undefined) throw new Error(`Registration ${registration._id} is at no stage.`);
  return registration.stage;
}

/** As the history calls it. */
function nameOf(outcome: Outcome): string {
  return outcome.kind === 'branch' ? `branch:${outcome.branch}` : outcome.kind;
}

function follow(registration: StoredRegistration, name: RouteName, flow: LoadedFlow, now: Date): StoredRegistration {
  const stage = stageOf(registration);
  const route = flow.step(stage).on[name];
  if (route === undefined) throw new Error(`${labelOf(flow)} has no route on from "${stage}" for "${name}".`);
  const taken = chosenCase(route, registration);
  if (!taken) throw new Error(`${labelOf(flow)} has no case of "${name}" of "${stage}" that holds.`);
  const done = withoutAnswer(taken.verdict ? withVerdict(registration, taken.verdict) : registration);
  if (taken.to === DEAD_LETTER) return move(done, 'DEAD_LETTER', {}, now);
  if (taken.to !== END) return move(done, 'IN_FLOW', { stage: taken.to, attempts: 0 }, now);
  const verdict = done.verdict ?? flow.success;
  return move(done, verdict.state, { verdict, attempts: 0 }, now);
}

/** Straight to where the end is told. */
function end(registration: StoredRegistration, verdict: Verdict, flow: LoadedFlow, now: Date): StoredRegistration {
  const judged = withoutAnswer(withVerdict(registration, verdict));
  return move(judged, 'IN_FLOW', { stage: flow.answer, attempts: 0 }, now);
}

function note(registration: StoredRegistration, outcome: string, now: Date, verdict?: Verdict): StoredRegistration {
  const code = verdict ? { code: verdict.code } : {};
  const entry = { at: now.toISOString(), stage: stageOf(registration), outcome, ...code };
  return { ...registration, history: withHistory(registration.history, entry) };
}

/** Facts replace those of the same name; a country's stages know nothing of each other, so theirs are laid together. */
function withFacts(registration: StoredRegistration, outcome: Outcome): StoredRegistration {
  if (!('facts' in outcome) || !outcome.facts) return registration;
  const { country, ...own } = outcome.facts;
  const together = country ? { country: withRoom({ ...registration.facts.country, ...country }) } : {};
  return { ...registration, facts: { ...registration.facts, ...own, ...together } };
}

/** What is saved with more of them could not be read again. @throws Error */
function withRoom(facts: CountryFacts): CountryFacts {
  const count = Object.keys(facts).length;
  if (count > MAX_COUNTRY_FACTS) throw new Error(`${count} country facts, and there is room for ${MAX_COUNTRY_FACTS}.`);
  return facts;
}

/** The first verdict stands: a failure to tell of a rejection does not make it another. */
function withVerdict(registration: StoredRegistration, verdict: Verdict): StoredRegistration {
  return { ...registration, verdict: registration.verdict ?? verdict };
}

/** An answer is for the stage that has asked; the next one must not take it for its own. */
function withoutAnswer(registration: StoredRegistration): StoredRegistration {
  const { answer: _answer, ...kept } = registration;
  return kept;
}

function move(
  registration: StoredRegistration,
  state: RegistrationState,
  change: Partial<Registration>,
  now: Date,
): StoredRegistration {
  return keepRev(registration, moveTo(registration, state, change, now));
}

function keepRev(before: StoredRegistration, after: Registration): StoredRegistration {
  return { ...after, _rev: before._rev };
}
