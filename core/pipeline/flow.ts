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
    // Others know the stage, too: it must be a step of this flow.
    stage: (name) => present(steps.has(name) ? known.get(name) : undefined, flow, name),
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
  for (const step of flow.steps) {
    const stage = known.get(step.stage);
    if (stage) yield* problemsOfStep(step, stage, flow);
    else yield `stage "${step.stage}" is not known`;
    for (const target of targetsOf(step)) {
      if (!steps.has(target)) yield `"${step.stage}" leads to "${target}", which is no step`;
    }
  }
  for (const target of wakerTargets(flow)) {
    if (!steps.has(target)) yield `a waker leads to "${target}", which is no step`;
  }
  const reached = reachable(flow, steps);
  for (const step of flow.steps) if (!reached.has(step.stage)) yield `"${step.stage}" is out of reach`;
}

function* problemsOfStep(step: FlowStep, stage: Stage, flow: Flow): Generator<string> {
  const routed = [...stage.outcomes.filter((kind) => kind !== 'park'), 'fail' as const];
  for (const kind of routed) {
    if (step.on[kind] === undefined) yield `"${step.stage}" has no route for "${kind}"`;
  }
  if (stage.outcomes.includes('park') && wakerTargets(flow).length === 0) {
    yield `"${step.stage}" parks and nothing wakes`;
  }
  const { retry, deadlineMs } = step;
  const limits = { budget: retry.budget, baseMs: retry.baseMs, capMs: retry.capMs, deadlineMs };
  for (const [name, value] of Object.entries(limits)) {
    if (!(value > 0)) yield `"${step.stage}" has no proper ${name}`;
  }
}

/** What can be come to from the first step and from the wakers; steps that only lead to each other are not. */
function reachable(flow: Flow, steps: ReadonlyMap<string, FlowStep>): ReadonlySet<string> {
  // A Set that grows while it is walked through is walked to its end.
  const reached = new Set(flow.steps.slice(0, 1).map(({ stage }) => stage));
  for (const target of wakerTargets(flow)) reached.add(target);
  for (const stage of reached) {
    const step = steps.get(stage);
    if (step) for (const target of targetsOf(step)) reached.add(target);
  }
  return reached;
}

function targetsOf(step: FlowStep): string[] {
  return Object.values(step.on).filter((target) => typeof target === 'string');
}

function wakerTargets(flow: Flow): string[] {
  return Object.values(flow.wakers).flatMap(({ resumeAt, expires }) => [resumeAt, expires.at]);
}
