import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { END, type Flow, type FlowStep, loadFlow } from './flow.ts';
import { openTestCore, registrationOf, ridOf, stepOf, type TestCore } from './pipeline.fixture.ts';
import { loadShippedFlows } from './shipped-flows.ts';
import type { PureStage } from './stage.ts';

const SUCCESS = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
const EXPIRES = { at: 'b', state: 'REJECTED', code: 'ENR-QUA-002' } as const;

const stageOf = (name: string, outcomes: PureStage['outcomes'] = ['next']): PureStage => ({
  name,
  kind: 'pure',
  outcomes,
  decide: () => ({ kind: 'next' }),
});
const STAGES = [stageOf('a'), stageOf('b', ['next', 'reject']), stageOf('waits', ['park'])];

const a = stepOf('a', { next: 'b', fail: END });
const b = stepOf('b', { next: END, reject: END, fail: END });
const load = (steps: readonly FlowStep[], wakers: Flow['wakers'] = {}) =>
  loadFlow({ name: 'NEW', version: 3, steps, wakers, success: SUCCESS }, STAGES);

describe('a flow', () => {
  test('that is in order is taken, and begins with its first step', () => {
    const flow = load([a, b]);
    expect(flow.first).toBe('a');
    expect(flow.step('b')).toBe(b);
    expect(flow.stage('b')).toBe(STAGES[1]);
  });

  test('says which flow it is when it is asked for a stage that it does not have', () => {
    expect(() => load([a, b]).step('c')).toThrow('Flow NEW version 3 has no stage "c"');
    expect(() => load([a, b]).stage('c')).toThrow('Flow NEW version 3 has no stage "c"');
    // A stage that there is, but not in this flow.
    expect(() => load([a, b]).stage('waits')).toThrow('Flow NEW version 3 has no stage "waits"');
  });

  test.each<[string, readonly FlowStep[], Flow['wakers'], string]>([
    ['without steps', [], {}, 'no steps'],
    ['with a stage twice', [a, b, b], {}, 'a stage stands twice'],
    ['with a stage that is not known', [stepOf('x', { next: END, fail: END })], {}, 'stage "x" is not known'],
    ['without a route for an outcome', [a, stepOf('b', { next: END, fail: END })], {}, '"b" has no route for "reject"'],
    ['without a route for a failure', [stepOf('a', { next: END })], {}, '"a" has no route for "fail"'],
    ['that leads nowhere', [stepOf('a', { next: 'x', fail: END })], {}, '"a" leads to "x", which is no step'],
    ['with a step out of reach', [stepOf('a', { next: END, fail: END }), b], {}, '"b" is out of reach'],
    [
      'with steps that only lead to each other',
      [
        stepOf('a', { next: END, fail: END }),
        stepOf('b', { next: 'waits', reject: END, fail: END }),
        stepOf('waits', { fail: 'b' }),
      ],
      { correction: { resumeAt: 'a', expires: { ...EXPIRES, at: 'a' } } },
      '"b" is out of reach; "waits" is out of reach',
    ],
    ['that parks and is never woken', [stepOf('waits', { fail: END })], {}, '"waits" parks and nothing wakes'],
    [
      'with a waker that leads nowhere',
      [stepOf('waits', { fail: END })],
      { correction: { resumeAt: 'x', expires: { ...EXPIRES, at: 'y' } } },
      'a waker leads to "x", which is no step; a waker leads to "y", which is no step',
    ],
    [
      'without a retry',
      [stepOf('a', { next: END, fail: END }, { retry: { budget: 0, baseMs: 1, capMs: 1 } })],
      {},
      '"a" has no proper budget',
    ],
    [
      'without time',
      [stepOf('a', { next: END, fail: END }, { deadlineMs: Number.NaN })],
      {},
      '"a" has no proper deadlineMs',
    ],
  ])('%s is not taken', (_name, steps, wakers, problem) => {
    expect(() => load(steps, wakers)).toThrow(`Flow NEW: ${problem}.`);
  });

  test('names everything that is wrong with it at once', () => {
    expect(() => load([stepOf('a', { next: 'x' }), b])).toThrow(
      'Flow NEW: "a" has no route for "fail"; "a" leads to "x", which is no step; "b" is out of reach.',
    );
  });

  test('may be entered by a waker only', () => {
    const steps = [stepOf('waits', { fail: END }), b];
    expect(load(steps, { correction: { resumeAt: 'b', expires: EXPIRES } }).first).toBe('waits');
  });
});

describe('the shipped flows', () => {
  let core: TestCore;
  beforeAll(async () => {
    core = await openTestCore();
  });
  afterAll(() => core.dispose());

  test('load, for the processes that there are', () => {
    const { processes, flowOf } = loadShippedFlows(core.databases, core.keys, core.register.card);
    expect([...processes].sort()).toEqual(['CORRECTION', 'NEW']);
    for (const process of ['NEW', 'CORRECTION'] as const) {
      expect(flowOf(registrationOf(ridOf(1), { process })).first).toBe('receive');
    }
  });

  test('say so when a process has none', () => {
    const { flowOf } = loadShippedFlows(core.databases, core.keys, core.register.card);
    expect(() => flowOf(registrationOf(ridOf(1), { process: 'LOST' }))).toThrow('no flow for LOST');
  });
});
