/** Flows that somebody has changed at random are refused, or every registration comes through them to its end. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import { advance, enterFlow, expire } from '../advance.ts';
import { applyEvent } from '../events/apply-event.ts';
import { lookAtFlows } from '../look-at-flows.ts';
import type { Outcome } from '../outcome.ts';
import { NOW, registrationOf, ridOf } from '../pipeline.fixture.ts';
import type { Stage } from '../stage.ts';
import { flowProblems } from './check-flow.ts';
import type { Flow, LoadedFlow, Routes } from './flow.ts';
import { bindFlow } from './load-flow.ts';

/** Somebody comes so often, and then nobody any more. */
const MAX_EVENTS = 20;

let shipped: readonly LoadedFlow[];
let stages: Stage[];
beforeAll(async () => {
  shipped = (await lookAtFlows()).all();
  const all = shipped.flatMap((flow) => flow.steps.map(({ stage }) => flow.stage(stage)));
  stages = [...new Map(all.map((stage) => [stage.name, stage])).values()];
});

type Random = () => number;
const pick = <T>(from: readonly T[], random: Random): T | undefined => from[Math.floor(random() * from.length)];

/** One change of the kind that people make: a target, a route, a step, a waker, a condition. */
function mutated(flow: Flow, random: Random): Flow {
  const nth = Math.floor(random() * flow.steps.length);
  const names = [...flow.steps.map(({ stage }) => stage), '$end', '$dead-letter'];
  const changeOn = (change: (on: Routes) => Routes): Flow => ({
    ...flow,
    steps: flow.steps.map((step, index) => (index === nth ? { ...step, on: change(step.on) } : step)),
  });
  const to = pick(names, random) ?? '$end';
  const changes: readonly (() => Flow)[] = [
    () => changeOn((on) => ({ ...on, [pick(Object.keys(on), random) ?? 'next']: to })),
    () =>
      changeOn((on) => ({
        ...on,
        next: [{ when: { fact: 'ageGroup', is: 'MINOR' }, to }, { to: pick(names, random) ?? to }],
      })),
    () => changeOn((on) => Object.fromEntries(Object.entries(on).slice(1))),
    () => ({ ...flow, steps: flow.steps.filter((_, index) => index !== nth) }),
    () => ({ ...flow, steps: [...flow.steps.slice(nth), ...flow.steps.slice(0, nth)] }),
    () => ({
      ...flow,
      wakers: { ...flow.wakers, correction: { resumeAt: to, expires: { to: pick(names, random) ?? to } } },
    }),
    () => ({ ...flow, wakers: {} }),
    () => ({ ...flow, answer: to }),
  ];
  return pick(changes, random)?.() ?? flow;
}

/** @returns a walk through the flow in which stages say anything that they can say */
function walk(flow: LoadedFlow, random: Random): { end: StoredRegistration; stages: readonly string[] } {
  let at = enterFlow({ ...registrationOf(ridOf(1)), _rev: '1-a' }, flow, NOW);
  const way: string[] = [];
  for (let events = 0; at.state === 'IN_FLOW' || at.state === 'PARKED'; ) {
    const comes = at.state === 'PARKED' && events < MAX_EVENTS && random() < 0.7;
    if (comes && at.parked) {
      events += 1;
      at = woken(at, flow, events);
    } else if (at.state === 'PARKED') at = expire(at, flow, NOW);
    else {
      way.push(at.stage ?? '');
      at = advance(at, outcomeOf(flow.stage(at.stage ?? ''), random), flow, NOW, 0);
    }
    if (way.length > 5_000) throw new Error(`no end: ${way.slice(-20).join(' ')}`);
  }
  return { end: at, stages: way };
}

/** What it waits for comes, as the events bring it. */
function woken(at: StoredRegistration, flow: LoadedFlow, nth: number): StoredRegistration {
  const { reason, key } = at.parked ?? { reason: 'answer' };
  const about = { v: 1, _id: `${at._id}:${nth}`, rid: at._id, at: NOW.toISOString(), ...(key ? { key } : {}) } as const;
  const body = reason === 'correction' ? { rid: ridOf(100 + nth), digest: '1'.repeat(64) } : {};
  const applied = applyEvent({ ...at, corrections: [] }, { ...about, kind: 'wake', reason, body }, flow, NOW);
  if (applied.kind !== 'changed') throw new Error(`${applied.kind} at ${at.stage}`);
  return applied.registration;
}

function outcomeOf(stage: Stage, random: Random): Outcome {
  const code = 'ENR-QUA-001';
  const facts = { ageGroup: random() < 0.5 ? ('MINOR' as const) : ('ADULT' as const) };
  const kind = pick([...stage.outcomes, ...stage.outcomes, 'fail', 'retry'] as const, random) ?? 'fail';
  switch (kind) {
    case 'next':
      return { kind, facts };
    case 'branch':
      return { kind, branch: pick(stage.branches ?? [], random) ?? '' };
    case 'park':
      return { kind, reason: pick(stage.parks ?? [], random) ?? 'answer', until: NOW };
    case 'retry':
      return { kind, code, detail: '' };
    default:
      return { kind, code };
  }
}

test('a changed flow is refused, or ends whatever its stages say, and never without its answer', () => {
  let taken = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 0, max: 3 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      (nth, changes, luck) => {
        const random: Random = () => luck.next().value ?? 0;
        let flow: Flow = shipped[nth % shipped.length] as Flow;
        for (let done = 0; done < changes; done += 1) flow = mutated(flow, random);
        if (flowProblems(flow, stages).length > 0) {
          refused += 1;
          return;
        }
        taken += 1;
        for (let walks = 0; walks < 5; walks += 1) {
          const { end, stages: way } = walk(bindFlow(flow, stages), random);
          if (end.state !== 'DEAD_LETTER') expect(way).toContain(flow.answer);
        }
      },
    ),
    { seed: 6, numRuns: 1_000 },
  );
  // Neither would say anything if the other were never so.
  expect(taken).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(200);
});
