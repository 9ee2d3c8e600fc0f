/**
 * A flow: which stages a process runs, in which order, declared as data and checked when it is loaded. A flow that leaves
 * an outcome without a route, a wait without a waker or a stage out of reach is not taken.
 */
import type { TerminalState } from '@enroute/shared/registration/states.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { OutcomeKind, ParkReason } from './outcome.ts';
import type { Stage } from './stage.ts';

export interface RetryPolicy {
  /** Failed tries before the registration becomes a dead letter. */
  readonly budget: number;
  readonly baseMs: number;
  readonly capMs: number;
}

export const END = Symbol('end');
/** Someone must look: for what should not happen and can't be told to the station either. */
export const DEAD_LETTER = Symbol('dead letter');
/** The stage to go to, or where it ends. `retry` and `park` need no route: they stay where they are. */
export type Target = string | typeof END | typeof DEAD_LETTER;

export interface FlowStep {
  readonly stage: string;
  readonly on: Readonly<Partial<Record<Exclude<OutcomeKind, 'retry' | 'park'>, Target>>>;
  readonly retry: RetryPolicy;
  /** No try of the stage takes longer. */
  readonly deadlineMs: number;
}

/** What ends a wait: the event takes the registration to `resumeAt`; when it does not come in time, `expires` holds. */
export interface Waker {
  readonly resumeAt: string;
  readonly expires: { readonly at: string; readonly state: TerminalState; readonly code: StatusCode };
}

export interface Flow {
  readonly name: string;
  readonly version: number;
  readonly steps: readonly FlowStep[];
  readonly wakers: Readonly<Partial<Record<ParkReason, Waker>>>;
  /** What a registration that reaches the end without another verdict has come to. */
  readonly success: { readonly state: TerminalState; readonly code: StatusCode };
}

/** A flow with its stages at hand. */
export interface LoadedFlow extends Flow {
  readonly first: string;
  step(stage: string): FlowStep;
  stage(name: string): Stage;
}

/** @throws Error that names everything that is wrong with the flow. */
export function loadFlow(flow: Flow, stages: readonly Stage[]): LoadedFlow {
  const known = new Map(stages.map((stage) => [stage.name, stage]));
  const steps = new Map(flow.steps.map((step) => [step.stage, step]));
  const problems = [...problemsOf(flow, steps, known)];
  const [first] = flow.steps;
  if (!first || problems.length > 0) throw new Error(`Flow ${flow.name}: ${problems.join('; ') || 'no steps'}.`);
  return {
    ...flow,
    first: first.stage,
    step: (name) => present(steps.get(name), flow, name),
    stage: (name) => present(known.get(name), flow, name),
  };
}

function present<T>(value: T | undefined, flow: Flow, name: string): T {
  if (value === undefined) throw new Error(`Flow ${flow.name} version ${flow.version} has no stage "${name}".`);
  return value;
}

function* problemsOf(
  flow: Flow,
  steps: ReadonlyMap<string, FlowStep>,
  known: ReadonlyMap<string, Stage>,
): Generator<string> {
  if (steps.size !== flow.steps.length) yield 'a stage stands twice';
  const reached = new Set<string>(flow.steps[0] ? [flow.steps[0].stage] : []);
  for (const step of flow.steps) {
    const stage = known.get(step.stage);
    if (!stage) {
      yield `stage "${step.stage}" is not known`;
      continue;
    }
    const routed = [...stage.outcomes.filter((kind) => kind !== 'park'), 'fail' as const];
    for (const kind of routed) {
      if (step.on[kind] === undefined) yield `"${step.stage}" has no route for "${kind}"`;
    }
    for (const target of Object.values(step.on)) {
      if (typeof target === 'symbol') continue;
      reached.add(target);
      if (!steps.has(target)) yield `"${step.stage}" leads to "${target}", which is no step`;
    }
    if (stage.outcomes.includes('park') && Object.keys(flow.wakers).length === 0) {
      yield `"${step.stage}" parks and nothing wakes`;
    }
  }
  for (const waker of Object.values(flow.wakers)) {
    for (const target of [waker.resumeAt, waker.expires.at]) {
      if (!steps.has(target)) yield `a waker leads to "${target}", which is no step`;
      reached.add(target);
    }
  }
  for (const step of flow.steps) if (!reached.has(step.stage)) yield `"${step.stage}" is out of reach`;
}
