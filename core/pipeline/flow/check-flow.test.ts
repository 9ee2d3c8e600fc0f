import { describe, expect, test } from 'vitest';
import type { Stage } from '../stage.ts';
import { flowProblems } from './check-flow.ts';
import { JUDGE, SMALL_FLOW, SMALL_STAGES, stageOf, stepOf, TELL, TOO_LATE, WAIT } from './flow.fixture.ts';
import type { Flow, FlowStep, RouteCase, RouteName } from './flow.ts';
import { FlowError } from './flow-error.ts';
import { loadFlow } from './load-flow.ts';

const STAGES = [...SMALL_STAGES, stageOf('more'), stageOf('silent', { outcomes: ['park', 'branch'] })];

const problemsOf = (change: Partial<Flow>): string[] => flowProblems({ ...SMALL_FLOW, ...change }, STAGES);
const judging = (on: FlowStep['on']): FlowStep => ({ ...JUDGE, on: { ...JUDGE.on, ...on } });
const judgingWithout = (missing: RouteName, on: FlowStep['on'] = {}): FlowStep => {
  const { [missing]: _missing, ...others } = { ...JUDGE.on, ...on };
  return { ...JUDGE, on: others };
};
const limited = (change: Partial<FlowStep>): Partial<Flow> => ({ steps: [{ ...JUDGE, ...change }, WAIT, TELL] });
const judgedBy = (next: readonly RouteCase[]): Partial<Flow> => ({ steps: [judging({ next }), WAIT, TELL] });
const wokenBy = (correction: Flow['wakers']['correction']): Partial<Flow> => ({
  wakers: { ...(correction && { correction }) },
});

describe('a flow', () => {
  test('that is in order has no problems, and begins with its first step', () => {
    expect(problemsOf({})).toEqual([]);
    const flow = loadFlow(SMALL_FLOW, STAGES);
    expect(flow.first).toBe('judge');
    expect(flow.step('tell')).toBe(TELL);
    expect(flow.stage('tell')).toBe(SMALL_STAGES[2]);
  });

  test('says which flow it is when it is asked for a stage that it does not have', () => {
    const flow = loadFlow(SMALL_FLOW, STAGES);
    expect(() => flow.step('x')).toThrow('Flow NEW version 4 has no stage "x"');
    // A stage that there is, but not in this flow.
    expect(() => flow.stage('more')).toThrow('Flow NEW version 4 has no stage "more"');
  });

  test.each<[string, Partial<Flow>, string[]]>([
    ['without steps', { steps: [], wakers: {} }, ['it has no steps', 'its answer "tell" is no step']],
    ['with a stage twice', { steps: [JUDGE, WAIT, TELL, TELL] }, ['the stage "tell" stands twice']],
    [
      'with a stage that is not known',
      { steps: [judging({ next: 'x' }), WAIT, TELL, stepOf('x', { next: 'tell' })] },
      ['the stage "x" is not known'],
    ],
    [
      'whose answer is no step',
      { answer: 'more' },
      ['its answer "more" is no step', '"tell" ends without an answer by "more"'],
    ],
    [
      'without a route for an outcome',
      { steps: [judgingWithout('reject'), WAIT, TELL] },
      ['"judge" has no route for "reject"'],
    ],
    [
      'without a route for a branch',
      { steps: [judgingWithout('branch:aside'), WAIT, TELL] },
      ['"judge" has no route for "branch:aside"'],
    ],
    ['without a route for a failure', { steps: [JUDGE, stepOf('wait', {}), TELL] }, ['"wait" has no route for "fail"']],
    [
      'with a route that is never taken',
      { steps: [judging({ 'branch:asied': 'tell' }), WAIT, TELL] },
      ['"judge" has a route for "branch:asied", which it never says'],
    ],
    [
      'that leads nowhere',
      { steps: [judging({ reject: 'x' }), WAIT, TELL] },
      ['"judge" leads to "x" after "reject", which is no step'],
    ],
    [
      'with a condition on the last case',
      judgedBy([{ when: { fact: 'ageGroup', is: 'ADULT' }, to: 'tell' }]),
      ['"judge", "next": the last case has a condition, so that none may hold'],
    ],
    [
      'with a case behind the one that always holds',
      judgedBy([{ to: 'tell' }, { when: { fact: 'ageGroup', is: 'ADULT' }, to: 'wait' }]),
      ['"judge", "next": no case behind the one without a condition is ever taken'],
    ],
    [
      'with a fact that has another form',
      judgedBy([{ when: { not: { any: [{ fact: 'ageGroup', in: ['ADULT', 'OLD'] }] } }, to: 'wait' }, { to: 'tell' }]),
      ['"judge", "next": "ageGroup" is never "OLD"'],
    ],
    [
      'that compares what is no number',
      judgedBy([{ when: { all: [{ fact: 'process', below: 3 }] }, to: 'wait' }, { to: 'tell' }]),
      ['"judge", "next": "process" is no number'],
    ],
    [
      'with a stage that parks and branches and does not say for what',
      {
        steps: [judging({ next: 'silent' }), WAIT, TELL, stepOf('silent', { fail: 'tell' })],
      },
      ['"silent" branches and has no branches', '"silent" parks and does not say for what'],
    ],
    [
      'that parks and is never woken',
      { steps: [judging({ next: 'tell' }), WAIT, TELL], wakers: {} },
      ['"wait" parks for "correction", and nothing wakes it'],
    ],
    [
      'with a waker that nobody waits for',
      { wakers: { ...SMALL_FLOW.wakers, decision: { expires: { verdict: TOO_LATE } } } },
      ['the waker of "decision" wakes nothing: no stage parks for it'],
    ],
    [
      'that says how a pause ends',
      { wakers: { ...SMALL_FLOW.wakers, paused: { expires: { verdict: TOO_LATE } } } },
      ['the waker of "paused" is not for a flow to say: a pause says itself how it ends'],
    ],
    [
      'with a waker that leads nowhere',
      wokenBy({ resumeAt: 'x', expires: { to: 'y' } }),
      [
        'the waker of "correction" leads to "x", which is no step',
        'the waker of "correction" leads to "y", which is no step',
      ],
    ],
    [
      'with a step out of reach',
      { steps: [...SMALL_FLOW.steps, stepOf('more', { next: 'tell', fail: 'tell' })] },
      ['"more" is out of reach'],
    ],
    [
      'that goes round',
      { steps: [judging({ reject: 'more' }), WAIT, TELL, stepOf('more', { next: 'judge', fail: 'tell' })] },
      ['"judge" -> "more" -> "judge": it goes round without waiting for anybody'],
    ],
    [
      'that goes round when nobody comes',
      wokenBy({ resumeAt: 'judge', expires: { to: 'judge' } }),
      ['"judge" -> "wait" -> "judge": it goes round without waiting for anybody'],
    ],
    [
      'whose answer is told again when it fails',
      { steps: [JUDGE, WAIT, stepOf('tell', { next: '$end', fail: 'tell' })] },
      ['"tell" -> "tell": it goes round without waiting for anybody'],
    ],
    [
      'that ends without an answer',
      { steps: [judging({ reject: '$end' }), WAIT, TELL] },
      ['"judge" ends without an answer by "tell"'],
    ],
    [
      'that is woken to an end without an answer',
      {
        ...wokenBy({ resumeAt: 'more', expires: { verdict: TOO_LATE } }),
        steps: [...SMALL_FLOW.steps, stepOf('more', { next: '$end', fail: 'tell' })],
      },
      ['"more" ends without an answer by "tell"'],
    ],
    [
      'without a try',
      limited({ retry: { budget: 0, baseMs: 1, capMs: 1 } }),
      ['"judge": retry.budget is 0, and must be a whole number from 1 to 100'],
    ],
    [
      'with waits that shrink',
      limited({ retry: { budget: 1, baseMs: 9, capMs: 3 } }),
      ['"judge": retry.capMs is less than retry.baseMs'],
    ],
    [
      'without time',
      limited({ deadlineMs: Number.NaN }),
      ['"judge": deadlineMs is NaN, and must be from 1 to 3600000'],
    ],
    [
      'with half a batch',
      limited({ batch: 0.5 }),
      ['"judge": batch is 0.5, and must be a whole number from 1 to 1000'],
    ],
    [
      'with no end of tries at once',
      limited({ concurrency: 10_000 }),
      ['"judge": concurrency is 10000, and must be a whole number from 1 to 100'],
    ],
  ])('%s is not taken', (_name, change, problems) => {
    expect(problemsOf(change)).toEqual(problems);
    expect(() => loadFlow({ ...SMALL_FLOW, ...change }, STAGES)).toThrow(FlowError);
  });

  test('leaves who asks outside the time to ask for all that it is given at once', () => {
    const asking: Stage = {
      ...{ name: 'judge', kind: 'effect', reads: false, outcomes: ['next'], perform: async () => [] },
      asks: { atOnce: 8, longestMs: 10_000 },
    };
    const judge = { ...stepOf('judge', { next: 'tell', fail: 'tell' }), deadlineMs: 60_000 };
    const problemsWith = (change: Partial<typeof judge>): string[] =>
      flowProblems({ ...SMALL_FLOW, wakers: {}, steps: [{ ...judge, ...change }, TELL] }, [asking, stageOf('tell')]);
    expect(problemsWith({ batch: 24, concurrency: 2 })).toEqual([]);
    expect(problemsWith({ batch: 50, concurrency: 2 })).toEqual([
      '"judge" is given 50 x 2 registrations at once, and asks about 8 at a time: at its slowest that takes 130 s, and deadlineSeconds is 60',
    ]);
  });

  test('names a fact that there is not, and those that there are', () => {
    const [problem] = problemsOf(judgedBy([{ when: { fact: 'age', atLeast: 18 }, to: 'wait' }, { to: 'tell' }]));
    expect(problem).toMatch(/^"judge", "next": there is no fact "age" \(there are: process, .*country\.<name>\)$/);
  });

  test('names everything that is wrong with it at once', () => {
    const wrong = { ...SMALL_FLOW, steps: [judgingWithout('reject', { next: 'x' }), WAIT, TELL] };
    expect(() => loadFlow(wrong, STAGES)).toThrow(
      'Flow NEW version 4: "judge" has no route for "reject"\nFlow NEW version 4: "judge" leads to "x" after "next", which is no step',
    );
  });

  test('may end behind its answer, where more is to be done once that is told', () => {
    const steps = [
      JUDGE,
      WAIT,
      stepOf('tell', { next: 'more', fail: '$dead-letter' }),
      stepOf('more', { next: '$end', fail: '$dead-letter' }),
    ];
    expect(problemsOf({ steps })).toEqual([]);
  });

  test('may come round by somebody who comes: only what goes on by itself must end', () => {
    expect(problemsOf(wokenBy({ resumeAt: 'judge', expires: { to: 'tell' } }))).toEqual([]);
  });
});
