import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { advance, enterFlow, expire, stageOf as stageAt, strand } from './advance.ts';
import { stageOf, stepOf } from './flow/flow.fixture.ts';
import { bindFlow } from './flow/load-flow.ts';
import type { Outcome } from './outcome.ts';
import { NOW, registrationOf, ridOf } from './pipeline.fixture.ts';

const stages = ['first', 'second', 'waits', 'last'].map((name) =>
  stageOf(name, {
    outcomes: name === 'waits' ? ['park'] : ['next', 'reject', 'correct', 'branch'],
    branches: ['aside'],
    parks: ['correction'],
  }),
);
const routes = { reject: 'last', correct: 'waits', fail: 'last' } as const;
const flow = bindFlow(
  {
    name: 'NEW',
    version: 4,
    steps: [
      stepOf('first', {
        ...routes,
        next: [{ when: { fact: 'ageGroup', is: 'MINOR' }, to: 'last' }, { to: 'second' }],
        'branch:aside': [{ to: 'last', verdict: { state: 'REJECTED', code: 'ENR-LST-001' } }],
      }),
      stepOf('second', { ...routes, next: 'last' }),
      stepOf('waits', { fail: 'last' }),
      stepOf('last', { next: '$end', reject: '$end', correct: '$end', fail: '$dead-letter' }),
    ],
    wakers: {
      correction: { resumeAt: 'second', expires: { verdict: { state: 'REJECTED', code: 'ENR-QUA-002' } } },
      decision: { expires: { to: 'second' } },
    },
    success: { state: 'COMPLETED', code: 'ENR-OUT-001' },
    answer: 'last',
  },
  stages,
);

const received: StoredRegistration = { ...registrationOf(ridOf(1)), _rev: '1-a' };
const at = (stage: string, change: Partial<StoredRegistration> = {}): StoredRegistration => ({
  ...enterFlow(received, flow, NOW),
  stage,
  ...change,
});
const after = (registration: StoredRegistration, outcome: Outcome, random = 0.5): StoredRegistration =>
  advance(registration, outcome, flow, NOW, random);
const RETRY: Outcome = { kind: 'retry', code: 'ENR-ENG-001', detail: 'x' };

describe('a registration in its flow', () => {
  test('enters at the first stage and is stamped with the flow and its version', () => {
    expect(enterFlow(received, flow, NOW)).toMatchObject({
      state: 'IN_FLOW',
      stageSince: NOW.toISOString(),
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

  test('takes the first way whose condition holds, by what the stage has just found out', () => {
    expect(after(at('first'), { kind: 'next', facts: { ageGroup: 'MINOR' } })).toMatchObject({ stage: 'last' });
    expect(after(at('first'), { kind: 'next', facts: { ageGroup: 'ADULT' } })).toMatchObject({ stage: 'second' });
  });

  test('takes the way of a branch, with the verdict that lies on it', () => {
    const branched = after(at('first'), { kind: 'branch', branch: 'aside' });
    const verdict = { state: 'REJECTED', code: 'ENR-LST-001' };
    expect(branched).toMatchObject({ stage: 'last', verdict, history: [{ outcome: 'branch:aside' }] });
    const judged = at('first', { verdict: { state: 'FAILED', code: 'ENR-PKT-006' } });
    expect(after(judged, { kind: 'branch', branch: 'aside' }).verdict).toEqual(judged.verdict);
  });

  test("lays a country's facts together, whichever of its stages found them", () => {
    const before = at('first', { facts: { country: { tax: 'yes', level: 1 } } });
    const { facts } = after(before, { kind: 'next', facts: { country: { level: 2 } } });
    expect(facts).toEqual({ country: { tax: 'yes', level: 2 } });
  });

  test("does not take more of a country's facts than can be read again", () => {
    const full = Object.fromEntries(Array.from({ length: 32 }, (_, nth) => [`fact${nth}`, nth]));
    const before = at('first', { facts: { country: full } });
    expect(after(before, { kind: 'next', facts: { country: { fact0: 7 } } }).facts.country).toMatchObject({ fact0: 7 });
    const more = { kind: 'next', facts: { country: { more: 1 } } } as const;
    expect(() => after(before, more)).toThrow('33 country facts, and there is room for 32');
  });

  test('notes since when it is where it is: of a stage that is tried again, since it first came to it', () => {
    const earlier = '2026-02-01T00:00:00.000Z';
    const tried = after(at('first', { stageSince: earlier }), RETRY);
    expect(tried.stageSince).toBe(earlier);
    expect(after(tried, { kind: 'next' }).stageSince).toBe(NOW.toISOString());
  });

  test('gives what came for a question to the stage that asked, and to no other', () => {
    const answer = { key: 'q', body: 1 };
    const asked = at('first', { answer });
    expect(after(asked, RETRY).answer).toEqual(answer);
    expect(after(asked, { kind: 'next' })).not.toHaveProperty('answer');
    expect(after(asked, { kind: 'park', reason: 'correction', until: NOW })).not.toHaveProperty('answer');
    const pause = { rule: 'flood', after: 'resume' } as const;
    expect(after(asked, { kind: 'park', reason: 'paused', until: NOW, pause }).answer).toEqual(answer);
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
    const park: Outcome = { kind: 'park', reason: 'answer', until: NOW };
    expect(() => after(at('first'), park)).toThrow('Flow NEW version 4 has nothing that ends a wait for "answer".');
    expect(() => after(at('first'), { ...park, reason: 'paused' })).toThrow('nothing that ends a wait for "paused"');
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
    expect(() => stageAt(received)).toThrow('is at no stage');
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

describe('a wait whose time is over', () => {
  const parked = (change: Partial<StoredRegistration['parked']> & object): StoredRegistration =>
    at('waits', { state: 'PARKED', parked: { reason: 'correction', until: NOW.toISOString(), ...change } });

  test('ends the registration by its answer, where the flow has a verdict for it', () => {
    const expired = expire(parked({}), flow, NOW);
    const verdict = { state: 'REJECTED', code: 'ENR-QUA-002' };
    expect(expired).toMatchObject({ state: 'IN_FLOW', stage: 'last', attempts: 0, verdict, _rev: '1-a' });
    expect(expired.history.at(-1)).toEqual({
      at: NOW.toISOString(),
      stage: 'waits',
      outcome: 'expire',
      code: 'ENR-QUA-002',
    });
    expect(expired).not.toHaveProperty('parked');
    expect(after(expired, { kind: 'next' })).toMatchObject({ state: 'REJECTED', verdict });
  });

  test('goes on at a stage, where the flow names one', () => {
    const expired = expire(parked({ reason: 'decision' }), flow, NOW);
    expect(expired).toMatchObject({ state: 'IN_FLOW', stage: 'second' });
    expect(expired).not.toHaveProperty('verdict');
  });

  test('of a pause goes on where it was held, and the same rule does not hold it again', () => {
    const held = parked({ reason: 'paused', pause: { rule: 'flood', after: 'resume' } });
    const expired = expire({ ...held, immune: ['other'], answer: { key: 'q', body: 1 } }, flow, NOW);
    expect(expired).toMatchObject({
      state: 'IN_FLOW',
      stage: 'waits',
      immune: ['other', 'flood'],
      answer: { key: 'q' },
    });
  });

  test('of a pause ends the registration, with a code of its own, where the pause says so', () => {
    const expired = expire(parked({ reason: 'paused', pause: { rule: 'flood', after: 'stop' } }), flow, NOW);
    expect(expired).toMatchObject({ stage: 'last', verdict: { state: 'REJECTED', code: 'ENR-FLW-002' } });
  });

  test('is told of where there is nothing that ends it, and where there is no wait', () => {
    expect(() => expire(parked({ reason: 'answer' }), flow, NOW)).toThrow('nothing that ends a wait for "answer"');
    expect(() => expire(at('first'), flow, NOW)).toThrow('does not wait');
    expect(strand(parked({ reason: 'answer' }), NOW)).toMatchObject({ state: 'DEAD_LETTER', stage: 'waits' });
  });
});
