import { describe, expect, test } from 'vitest';
import { FlowError } from './flow-error.ts';
import { readFlow } from './flow-file.ts';

const TEXT = `flow: NEW
version: 3
success: { state: COMPLETED, code: ENR-OUT-001 }
answer: tell
usual: { retry: { budget: 3, baseSeconds: 2, capSeconds: 60 }, deadlineSeconds: 10, batch: 50, concurrency: 2 }
wakers:
  correction: { resumeAt: $same, expires: { verdict: { state: REJECTED, code: ENR-QUA-002 } } }
  decision: { resumeAt: judge, expires: { to: tell } }
steps:
  - stage: judge
    batch: 10
    on:
      next: [{ when: { fact: ageGroup, is: ADULT }, to: tell }, { to: tell }]
      branch:aside: tell
      fail: tell
  - stage: tell
    on: { next: $end, fail: $dead-letter }
`;

function problemsOf(text: string): readonly string[] {
  try {
    readFlow(text, 'new.yaml');
  } catch (error) {
    if (error instanceof FlowError) return error.problems;
    throw error;
  }
  return [];
}

describe("a flow's file", () => {
  test('is read into a flow whose times are milliseconds, and whose steps have what is usual', () => {
    const flow = readFlow(TEXT, 'new.yaml');
    expect(flow).toMatchObject({ name: 'NEW', version: 3, answer: 'tell' });
    expect(flow.steps[0]).toEqual({
      stage: 'judge',
      on: {
        next: [{ when: { fact: 'ageGroup', is: 'ADULT' }, to: 'tell' }, { to: 'tell' }],
        'branch:aside': 'tell',
        fail: 'tell',
      },
      retry: { budget: 3, baseMs: 2_000, capMs: 60_000 },
      deadlineMs: 10_000,
      batch: 10,
      concurrency: 2,
    });
    expect(flow.steps[1]?.batch).toBe(50);
  });

  test('goes on at the stage that waits where its waker says $same', () => {
    const { wakers } = readFlow(TEXT, 'new.yaml');
    expect(wakers.correction).toEqual({ expires: { verdict: { state: 'REJECTED', code: 'ENR-QUA-002' } } });
    expect(wakers.decision).toEqual({ resumeAt: 'judge', expires: { to: 'tell' } });
  });

  test('may be JSON', () => {
    const json = {
      flow: 'LOST',
      version: 1,
      success: { state: 'COMPLETED', code: 'ENR-OUT-001' },
      answer: 'tell',
      usual: { retry: { budget: 1, baseSeconds: 1, capSeconds: 1 }, deadlineSeconds: 1, batch: 1, concurrency: 1 },
      steps: [{ stage: 'tell', on: { next: '$end', fail: '$dead-letter' } }],
    };
    expect(readFlow(JSON.stringify(json), 'lost.json')).toMatchObject({ name: 'LOST', steps: [{ stage: 'tell' }] });
  });

  test.each([
    [
      'with a word too many',
      ['version: 3', 'version: 3\nverison: 4'],
      /^new\.yaml:1:1: the file: Unrecognized key: "verison"/,
    ],
    ['of a process that there is not', ['flow: NEW', 'flow: NOW'], /^new\.yaml:1:7: flow: /],
    ['without a version', ['version: 3\n', ''], /^new\.yaml:1:1: version: /],
    ['with half a version', ['version: 3', 'version: 3.5'], /^new\.yaml:2:10: version: /],
    ['with a code that there is not', ['ENR-OUT-001', 'ENR-OUT-999'], /^new\.yaml:3:\d+: success\.code: /],
    [
      'with an outcome that is misspelt',
      ['fail: tell', 'fial: tell'],
      /^new\.yaml:15:\d+: steps\.0\.on\.fial: .*branch:<name>/,
    ],
    ['with a target that is none', ['next: $end', 'next: $over'], /^new\.yaml:17:\d+: steps\.1\.on\.next: A target is/],
    [
      'with a condition that is none',
      ['is: ADULT', 'are: ADULT'],
      /^new\.yaml:13:\d+: steps\.0\.on\.next\.0\.when: .*A condition is/,
    ],
    ['with a retry that is text', ['budget: 3', 'budget: often'], /^new\.yaml:5:\d+: usual\.retry\.budget: /],
    [
      'that waits for what there is not',
      ['decision:', 'weather:'],
      /^new\.yaml:7:3: wakers: Unrecognized key: "weather"/,
    ],
    ['with a key twice', ['answer: tell', 'answer: tell\nanswer: tell'], /^new\.yaml:5:1: Map keys must be unique/],
    ['that is no YAML', ['steps:', 'steps: ]'], /^new\.yaml:9:\d+: /],
    ['with an alias that stands for nothing', ['answer: tell', 'answer: *tell'], /aliases can not be followed/],
  ] as const)('%s is refused, with the place', (_name, [from, to], problem) => {
    expect(TEXT).toContain(from);
    const problems = problemsOf(TEXT.replace(from, to));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  test('is told everything that is wrong with it at once', () => {
    const text = TEXT.replace('version: 3', 'version: 0').replace('next: $end', 'next: $over');
    expect(problemsOf(text)).toHaveLength(2);
  });

  test('is not taken when it is larger than any flow, nor when its aliases grow without end', () => {
    expect(problemsOf(`${TEXT}#${'x'.repeat(300_000)}`)).toEqual(['new.yaml: more than 262144 bytes']);
    const grown = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'])
      grown.push(
        `${to}: &${to} [*${from}, *${from}, *${from}, *${from}, *${from}, *${from}, *${from}, *${from}, *${from}]`,
      );
    expect(problemsOf(grown.join('\n'))).toEqual(['new.yaml: its aliases can not be followed']);
  });
});
