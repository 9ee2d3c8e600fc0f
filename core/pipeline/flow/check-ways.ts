/**
 * The ways through a flow: that each stage can be come to, that nobody goes round for ever, and that no end is reached
 * without an answer. A registration that is left alone must come to its end by itself, so what happens when a wait's
 * time is over counts as a way like any other; what an awaited event leads to may lead back, for somebody had to come.
 */
import type { Stage } from '../stage.ts';
import { DEAD_LETTER, END, type Flow, type FlowStep } from './flow.ts';
import { waysOf } from './routes.ts';

interface Ways {
  /** Where a registration comes to without anybody's doing. */
  readonly alone: ReadonlySet<string>;
  /** Where an event takes it. */
  readonly woken: ReadonlySet<string>;
  readonly ends: boolean;
}

export function* wayProblems(flow: Flow, known: ReadonlyMap<string, Stage>): Generator<string> {
  const ways = new Map(flow.steps.map((step) => [step.stage, waysFrom(step, flow, known.get(step.stage))]));
  const reached = reachedFrom(flow.steps[0]?.stage, ways, () => true);
  for (const { stage } of flow.steps) if (!reached.has(stage)) yield `"${stage}" is out of reach`;
  // What lies behind the answer may end; what is reached without it may not.
  for (const stage of reachedFrom(flow.steps[0]?.stage, ways, (from) => from !== flow.answer)) {
    if (stage !== flow.answer && ways.get(stage)?.ends) yield `"${stage}" ends without an answer by "${flow.answer}"`;
  }
  for (const circle of circlesIn(ways)) {
    yield `${circle.map((stage) => `"${stage}"`).join(' -> ')}: it goes round without waiting for anybody`;
  }
}

function waysFrom(step: FlowStep, { wakers, answer }: Flow, stage: Stage | undefined): Ways {
  const alone = new Set<string>();
  const woken = new Set<string>();
  let ends = false;
  for (const { to } of waysOf(step)) {
    if (to === END) ends = true;
    else if (to !== DEAD_LETTER) alone.add(to);
  }
  for (const reason of stage?.parks ?? []) {
    const waker = wakers[reason];
    if (!waker) continue;
    woken.add(waker.resumeAt ?? step.stage);
    alone.add('to' in waker.expires ? waker.expires.to : answer);
  }
  return { alone, woken, ends };
}

/** @param goesOn whether what lies behind a stage counts */
function reachedFrom(
  first: string | undefined,
  ways: ReadonlyMap<string, Ways>,
  goesOn: (stage: string) => boolean,
): ReadonlySet<string> {
  const reached = new Set(first === undefined ? [] : [first]);
  // A Set that grows while it is walked through is walked to its end.
  for (const stage of reached) {
    const from = goesOn(stage) ? ways.get(stage) : undefined;
    if (from) for (const to of [...from.alone, ...from.woken]) reached.add(to);
  }
  return reached;
}

/** Each circle once, by the stages on it: depth first, and whoever is met again on the way closes one. */
function circlesIn(ways: ReadonlyMap<string, Ways>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const walk = (stage: string, way: readonly string[]): void => {
    const met = way.indexOf(stage);
    if (met >= 0) circles.push([...way.slice(met), stage]);
    if (met >= 0 || done.has(stage)) return;
    for (const next of ways.get(stage)?.alone ?? []) walk(next, [...way, stage]);
    done.add(stage);
  };
  for (const stage of ways.keys()) walk(stage, []);
  return circles;
}
