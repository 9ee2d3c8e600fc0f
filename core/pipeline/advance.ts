/** The rules by which an outcome moves a registration along its flow. Data in, data out. */
import { moveTo, type Registration, withHistory } from '@enroute/shared/registration/registration.ts';
import type { TerminalState } from '@enroute/shared/registration/states.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { backOffMs } from '@enroute/sync/link/back-off.ts';
import type { StoredRegistration } from '../databases.ts';
import { DEAD_LETTER, END, type LoadedFlow, type Target } from './flow.ts';
import type { Outcome } from './outcome.ts';

/** A registration whose bytes have arrived enters its flow. */
export function enterFlow(registration: StoredRegistration, flow: LoadedFlow): StoredRegistration {
  const stamp = { flow: { name: flow.name, version: flow.version }, stage: flow.first, attempts: 0 };
  return keepRev(registration, moveTo(registration, 'IN_FLOW', stamp));
}

/**
 * @param registration in flow, at the stage that said so
 * @param random 0 to 1, for the jitter of a retry
 * @throws Error when the flow has no way on from there.
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
  const code = 'code' in outcome ? outcome.code : undefined;
  const entry = { at: now.toISOString(), stage, outcome: outcome.kind, ...(code ? { code } : {}) };
  const noted = { ...registration, history: withHistory(registration.history, entry) };
  switch (outcome.kind) {
    case 'next':
      return go(withFacts(noted, outcome), step.on.next, flow);
    case 'correct':
      return go(withFacts(noted, outcome), step.on.correct, flow);
    case 'reject':
      return go(withVerdict(noted, 'REJECTED', outcome.code), step.on.reject, flow);
    case 'fail':
      return go(withVerdict(noted, 'FAILED', outcome.code), step.on.fail, flow);
    case 'park': {
      if (!flow.wakers[outcome.reason]) throw new Error(`Flow ${flow.name} has nothing that ends "${outcome.reason}".`);
      const parked = { reason: outcome.reason, until: outcome.until.toISOString() };
      return keepRev(noted, moveTo(noted, 'PARKED', { parked, attempts: 0 }));
    }
    case 'retry': {
      const attempts = registration.attempts + 1;
      if (attempts >= step.retry.budget) return keepRev(noted, moveTo(noted, 'DEAD_LETTER', { attempts }));
      const waitMs = backOffMs(registration.attempts, step.retry, random);
      const notBefore = new Date(now.getTime() + waitMs).toISOString();
      return keepRev(noted, moveTo(noted, 'IN_FLOW', { attempts, notBefore }));
    }
  }
}

/** For what its flow does not know how to take on: someone must look. It keeps the stage that it is at. */
export function strand(registration: StoredRegistration, now: Date): StoredRegistration {
  const entry = {
    at: now.toISOString(),
    stage: registration.stage ?? '',
    outcome: 'strand',
    code: 'ENR-ENG-001',
  } as const;
  const history = withHistory(registration.history, entry);
  return keepRev(registration, moveTo(registration, 'DEAD_LETTER', { history }));
}

/** The stage that a registration in flow is at. @throws Error on one that is not in a flow. */
export function stageOf(registration: Registration): string {
  if (registration.stage === undefined) throw new Error(`Registration ${registration._id} is at no stage.`);
  return registration.stage;
}

function go(registration: StoredRegistration, target: Target | undefined, flow: LoadedFlow): StoredRegistration {
  if (target === undefined) throw new Error(`Flow ${flow.name} has no route on from "${registration.stage}".`);
  if (target === DEAD_LETTER) return keepRev(registration, moveTo(registration, 'DEAD_LETTER', {}));
  if (target !== END) return keepRev(registration, moveTo(registration, 'IN_FLOW', { stage: target, attempts: 0 }));
  const verdict = registration.verdict ?? flow.success;
  return keepRev(registration, moveTo(registration, verdict.state, { verdict, attempts: 0 }));
}

function withFacts(registration: StoredRegistration, outcome: Outcome): StoredRegistration {
  if (!('facts' in outcome) || !outcome.facts) return registration;
  return { ...registration, facts: { ...registration.facts, ...outcome.facts } };
}

/** The first verdict stands: a failure to tell of a rejection does not make it another. */
function withVerdict(registration: StoredRegistration, state: TerminalState, code: StatusCode): StoredRegistration {
  return { ...registration, verdict: registration.verdict ?? { state, code } };
}

function keepRev(before: StoredRegistration, after: Registration): StoredRegistration {
  return { ...after, _rev: before._rev };
}
