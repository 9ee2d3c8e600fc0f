/**
 * Everything that is wrong with a flow over these stages, all of it at once. Whatever could leave a registration without
 * a way on, or on its way for ever, is found here and not in the middle of a night.
 */
import type { Stage } from '../stage.ts';
import { wayProblems } from './check-ways.ts';
import { conditionProblems } from './conditions.ts';
import { DEAD_LETTER, END, type Flow, type FlowStep, type Route, type RouteName, type Waker } from './flow.ts';
import { casesOf, waysOf } from './routes.ts';

/** @returns a sentence for each problem, which names the place; none when the flow is in order */
export function flowProblems(flow: Flow, stages: readonly Stage[]): string[] {
  const known = new Map(stages.map((stage) => [stage.name, stage]));
  return [...stepsProblems(flow, known), ...wakersProblems(flow, known), ...wayProblems(flow, known)];
}

type Known = ReadonlyMap<string, Stage>;

function* stepsProblems(flow: Flow, known: Known): Generator<string> {
  const { steps } = flow;
  if (steps.length === 0) yield 'it has no steps';
  const names = new Set<string>();
  for (const step of steps) {
    if (names.has(step.stage)) yield `the stage "${step.stage}" stands twice`;
    names.add(step.stage);
  }
  if (!names.has(flow.answer)) yield `its answer "${flow.answer}" is no step`;
  for (const step of steps) {
    const stage = known.get(step.stage);
    if (stage) {
      yield* outcomeProblems(step, stage, flow);
      yield* timeProblems(step, stage);
    } else yield `the stage "${step.stage}" is not known`;
    yield* routeProblems(step, names);
    yield* limitProblems(step);
  }
}

/** Every outcome must lead somewhere, and what leads somewhere must be an outcome: else a name is misspelt. */
function* outcomeProblems(step: FlowStep, stage: Stage, { wakers }: Flow): Generator<string> {
  const { stage: name, on } = step;
  const said = outcomesOf(stage);
  for (const route of said) if (on[route] === undefined) yield `"${name}" has no route for "${route}"`;
  for (const route of Object.keys(on)) {
    if (!said.some((one) => one === route)) yield `"${name}" has a route for "${route}", which it never says`;
  }
  const { outcomes, parks = [], branches = [] } = stage;
  if (outcomes.includes('branch') && branches.length === 0) yield `"${name}" branches and has no branches`;
  if (outcomes.includes('park') && parks.length === 0) yield `"${name}" parks and does not say for what`;
  for (const reason of parks) {
    if (!wakers[reason]) yield `"${name}" parks for "${reason}", and nothing wakes it`;
  }
}

function outcomesOf({ outcomes, branches = [] }: Stage): RouteName[] {
  const plain = outcomes.flatMap((kind) => (kind === 'park' || kind === 'branch' ? [] : [kind]));
  return [...plain, ...branches.map((branch): RouteName => `branch:${branch}`), 'fail'];
}

function* routeProblems(step: FlowStep, names: ReadonlySet<string>): Generator<string> {
  for (const { route, to } of waysOf(step)) {
    if (to !== END && to !== DEAD_LETTER && !names.has(to)) {
      yield `"${step.stage}" leads to "${to}" after "${route}", which is no step`;
    }
  }
  for (const [name, route] of Object.entries(step.on)) {
    if (route !== undefined) yield* caseProblems(`"${step.stage}", "${name}"`, route);
  }
}

function* caseProblems(place: string, route: Route): Generator<string> {
  const cases = casesOf(route);
  const always = cases.findIndex(({ when }) => when === undefined);
  if (always < 0) yield `${place}: the last case has a condition, so that none may hold`;
  else if (always < cases.length - 1) yield `${place}: no case behind the one without a condition is ever taken`;
  for (const { when } of cases) {
    if (when) for (const problem of conditionProblems(when)) yield `${place}: ${problem}`;
  }
}

/** What is asked outside must be answered, at its slowest, within the time of a try: else who came last is never asked. */
function* timeProblems({ stage: name, batch, concurrency, deadlineMs }: FlowStep, stage: Stage): Generator<string> {
  if (stage.kind !== 'effect' || !stage.asks) return;
  const { atOnce, longestMs } = stage.asks;
  const needsMs = Math.ceil((batch * concurrency) / atOnce) * longestMs;
  if (needsMs <= deadlineMs) return;
  const given = `"${name}" is given ${batch} x ${concurrency} registrations at once, and asks about ${atOnce} at a time`;
  yield `${given}: at its slowest that takes ${Math.ceil(needsMs / SECOND_MS)} s, and deadlineSeconds is ${deadlineMs / SECOND_MS}`;
}

interface Limit {
  readonly from: number;
  readonly to: number;
  readonly whole: boolean;
}

const SECOND_MS = 1_000;
const HOUR_MS = 60 * 60_000;
const COUNT = { from: 1, to: 100, whole: true };
/** Wider than anybody needs, and narrow enough to notice that a unit is wrong. */
const LIMITS = {
  'retry.budget': COUNT,
  'retry.baseMs': { from: 1, to: HOUR_MS, whole: false },
  'retry.capMs': { from: 1, to: 24 * HOUR_MS, whole: false },
  deadlineMs: { from: 1, to: HOUR_MS, whole: false },
  batch: { ...COUNT, to: 1_000 },
  concurrency: COUNT,
} as const satisfies Record<string, Limit>;

function* limitProblems({ stage, retry, deadlineMs, batch, concurrency }: FlowStep): Generator<string> {
  const { budget, baseMs, capMs } = retry;
  const values = {
    'retry.budget': budget,
    'retry.baseMs': baseMs,
    'retry.capMs': capMs,
    deadlineMs,
    batch,
    concurrency,
  } satisfies Record<keyof typeof LIMITS, number>;
  for (const [name, { from, to, whole }] of Object.entries(LIMITS)) {
    const value = values[name as keyof typeof LIMITS];
    const fits = value >= from && value <= to && (!whole || Number.isInteger(value));
    if (!fits)
      yield `"${stage}": ${name} is ${value}, and must be ${whole ? 'a whole number ' : ''}from ${from} to ${to}`;
  }
  if (capMs < baseMs) yield `"${stage}": retry.capMs is less than retry.baseMs`;
}

function* wakersProblems({ steps, wakers }: Flow, known: Known): Generator<string> {
  const names = new Set(steps.map(({ stage }) => stage));
  const waited = new Set(steps.flatMap(({ stage }) => known.get(stage)?.parks ?? []));
  for (const [reason, waker] of Object.entries(wakers)) {
    if (reason === 'paused') yield 'the waker of "paused" is not for a flow to say: a pause says itself how it ends';
    else if (![...waited].some((one) => one === reason))
      yield `the waker of "${reason}" wakes nothing: no stage parks for it`;
    for (const target of targetsOf(waker)) {
      if (!names.has(target)) yield `the waker of "${reason}" leads to "${target}", which is no step`;
    }
  }
}

function targetsOf({ resumeAt, expires }: Waker): string[] {
  return [...(resumeAt === undefined ? [] : [resumeAt]), ...('to' in expires ? [expires.to] : [])];
}
