import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { advance, enterFlow, stageOf, strand } from './advance.ts';
import { DEAD_LETTER, END, loadFlow } from './flow.ts';
import type { Outcome } from './outcome.ts';
import { NOW, registrationOf, ridOf, stepOf } from './pipeline.fixture.ts';
import type { PureStage } from './stage.ts';

const stages = ['first', 'second', 'waits', 'last'].map(
  (name): PureStage => ({
    name,
    kind: 'pure',
    outcomes: name === 'waits' ? ['park'] : ['next', 'reject', 'correct'],
    decide: () => ({ kind: 'next' }),
  }),
);
const routes = { reject: 'last', correct: 'waits', fail: 'last' } as const;
const flow = loadFlow(
  {
    name: 'NEW',
    version: 4,
    steps: [
      stepOf('first', { ...routes, next: 'second' }),
      stepOf('second', { ...routes, next: 'last' }),
      stepOf('waits', { fail: 'last' }),
      stepOf('last', { next: END, reject: END, correct: END, fail: DEAD_LETTER }),
    ],
    wakers: { correction: { resumeAt: 'second', expires: { at: 'last', state: 'REJECTED', code: 'ENR-QUA-002' } } },
    success: { state: 'COMPLETED', code: 'ENR-OUT-001' },
  },
  stages,
);

const received: StoredRegistration = { ...registrationOf(ridOf(1)), _rev: '1-a' };
const at = (stage: string, change: Partial<StoredRegistration> = {}): StoredRegistration => ({
  ...enterFlow(received, flow),
  stage,
  ...change,
});
const after = (registration: StoredRegistration, outcome: Outcome, random = 0.5): StoredRegistration =>
  advance(registration, outcome, flow, NOW, random);
const RETRY: Outcome = { kind: 'retry', code: 'ENR-ENG-001', detail: 'x' };

describe('a registration in its flow', () => {
  test('enters at the first stage and is stamped with the flow and its version', () => {
    expect(enterFlow(received, flow)).toMatchObject({
      state: 'IN_FLOW',
      stage: 'first',
      flow: { name: 'NEW', version: 4 },
      _rev: '1-a',
    });
  });

  test('goes on to the next stage with what was found out, and with a fresh retry budget', () => {
    const before = at('first', { attempts: 2, facts: { poor: ['FACE'] } });
    expect(after(before, { kind: 'next', facts: { ageGroup: 'ADULT' } })).toMatchObject({
      state: 'IN_FLOW',
      stage: 'second',
      attempts: 0,
      facts: { ageGroup: 'ADULT', poor: ['FACE'] },
      history: [{ at: NOW.toISOString(), stage: 'first', outcome: 'next' }],
    });
  });

  test('ends as the flow says when nothing else was said', () => {
    expect(after(at('last'), { kind: 'next' })).toMatchObject({ state: 'COMPLETED', verdict: flow.success });
  });

  test('is asked to be put right along its own route', () => {
    const corrected = after(at('first'), { kind: 'correct', code: 'ENR-QUA-001', facts: { poor: ['FACE'] } });
    expect(corrected).toMatchObject({ state: 'IN_FLOW', stage: 'waits', facts: { poor: ['FACE'] } });
    expect(corrected).not.toHaveProperty('verdict');
  });

  test.each([
    ['reject', 'REJECTED', 'ENR-DDP-001'],
    ['fail', 'FAILED', 'ENR-PKT-006'],
  ] as const)('has a verdict after "%s", and ends so once that is told', (kind, state, code) => {
    const judged = after(at('first'), { kind, code });
    expect(judged).toMatchObject({ state: 'IN_FLOW', stage: 'last', verdict: { state, code } });
    expect(after(judged, { kind: 'next' })).toMatchObject({ state, verdict: { state, code } });
  });

  test('keeps its first verdict, whatever is said later', () => {
    const judged = after(at('first'), { kind: 'reject', code: 'ENR-DDP-001' });
    const failed = after(judged, { kind: 'fail', code: 'ENR-PKT-006' });
    expect(failed.verdict).toEqual({ state: 'REJECTED', code: 'ENR-DDP-001' });
  });

  test('becomes a dead letter, at its stage, when its end can not be told', () => {
    expect(after(at('last'), { kind: 'fail', code: 'ENR-PKT-006' })).toMatchObject({
      state: 'DEAD_LETTER',
      stage: 'last',
    });
  });

  test('waits until its time, and waiting spends no retry', () => {
    const until = new Date(NOW.getTime() + 1000);
    const parked = after(at('waits', { attempts: 2, notBefore: NOW.toISOString() }), {
      kind: 'park',
      reason: 'correction',
      until,
    });
    expect(parked).toMatchObject({
      state: 'PARKED',
      stage: 'waits',
      attempts: 0,
      parked: { reason: 'correction', until: until.toISOString() },
    });
    expect(parked).not.toHaveProperty('notBefore');
  });

  test('is never parked where nothing would wake it', () => {
    const asleep = loadFlow(
      { ...flow, steps: [stepOf('first', { next: END, reject: END, correct: END, fail: END })], wakers: {} },
      stages,
    );
    const park: Outcome = { kind: 'park', reason: 'correction', until: NOW };
    expect(() => advance(at('first'), park, asleep, NOW, 0)).toThrow('nothing that ends "correction"');
  });

  test('tries a stage again until the budget of that stage is spent, and is a dead letter then', () => {
    let registration = at('first');
    const states = [1, 2, 3].map(() => {
      registration = after(registration, RETRY);
      return [registration.state, registration.stage, registration.attempts];
    });
    expect(states).toEqual([
      ['IN_FLOW', 'first', 1],
      ['IN_FLOW', 'first', 2],
      ['DEAD_LETTER', 'first', 3],
    ]);
    expect(registration).not.toHaveProperty('notBefore');
  });

  test('waits before a retry no longer than the doubling bound and its cap allow, at any luck', () => {
    const patient = {
      ...flow,
      step: (name: string) => ({ ...flow.step(name), retry: { budget: 99, baseMs: 1000, capMs: 4000 } }),
    };
    fc.assert(
      fc.property(fc.nat(90), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
        const { notBefore = '' } = advance(at('first', { attempts }), RETRY, patient, NOW, random);
        const waitMs = Date.parse(notBefore) - NOW.getTime();
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(Math.min(4000, 1000 * 2 ** attempts));
      }),
      { seed: 1 },
    );
  });

  test('spreads its retries over the whole bound', () => {
    const waitMs = [0, 0.25, 1].map(
      (random) => Date.parse(after(at('first', { attempts: 1 }), RETRY, random).notBefore ?? '') - NOW.getTime(),
    );
    expect(waitMs).toEqual([0, 500, 2000]);
  });

  test('does not keep the time of an old retry when it goes on', () => {
    const waited = after(at('first'), RETRY);
    expect(waited.notBefore).toBeDefined();
    expect(after(waited, { kind: 'next' })).not.toHaveProperty('notBefore');
  });

  test('does not go on where the flow has no route', () => {
    expect(() => after(at('waits'), { kind: 'next' })).toThrow('no route on from "waits"');
    expect(() => after(at('nowhere'), { kind: 'next' })).toThrow('has no stage "nowhere"');
    expect(() => stageOf(received)).toThrow('is at no stage');
  });

  test('keeps the revision that it was read at, whatever happens to it', () => {
    const outcomes: Outcome[] = [{ kind: 'next' }, RETRY, { kind: 'reject', code: 'ENR-DDP-001' }];
    for (const outcome of outcomes) expect(after(at('first'), outcome)._rev).toBe('1-a');
    expect(strand(received, NOW)._rev).toBe('1-a');
  });

  test('is put aside, with a note, when its flow does not know how to take it on', () => {
    for (const lost of [received, at('second')]) {
      const note = { at: NOW.toISOString(), stage: lost.stage ?? '', outcome: 'strand', code: 'ENR-ENG-001' };
      expect(strand(lost, NOW)).toMatchObject({ state: 'DEAD_LETTER', history: [note] });
    }
  });
});
