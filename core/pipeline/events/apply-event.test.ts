import { describe, expect, it } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import { NOW, registrationOf, ridOf } from '../pipeline.fixture.ts';
import { applyEvent } from './apply-event.ts';
import { type Act, type EventDraft, orderedSchema, type PipelineEvent } from './event.ts';
import type { EventFlow } from './ruled.ts';

const FLOW: EventFlow = {
  name: 'NEW',
  version: 2,
  first: 'receive',
  answer: 'finalise',
  steps: ['receive', 'quality', 'introducer', 'ask', 'finalise'].map((stage) => ({ stage })),
  wakers: { correction: { resumeAt: 'quality' } },
};
const AT = NOW.toISOString();
const LATER = '2026-03-09T08:00:00.000Z';
const RID = ridOf(1);
const INTRODUCER = ridOf(2);
const CORRECTED = { rid: ridOf(3), digest: '1'.repeat(64) };

const been = (stage: string) => ({ at: AT, stage, outcome: 'next' });
const RESTARTED = { at: AT, stage: 'ask', outcome: 'restart', by: 'amina' };
const inFlow = at('quality');
const deadLetter = at('quality', { state: 'DEAD_LETTER', attempts: 12 });
const paused = at('quality', {
  state: 'PARKED',
  parked: { reason: 'paused', until: LATER, key: 'ramadan', pause: { rule: 'ramadan', after: 'resume' } },
});
const waiting = at('introducer', { state: 'PARKED', parked: { reason: 'introducer', until: LATER, key: INTRODUCER } });

function at(stage: string, change: Partial<StoredRegistration> = {}): StoredRegistration {
  const flow = { name: 'NEW', version: 2 };
  return { ...registrationOf(RID, { state: 'IN_FLOW', stage, flow, ...change }), _rev: '1-a' };
}

function eventOf(draft: EventDraft): PipelineEvent {
  return { v: 1, _id: `${RID}:one`, ...draft } as PipelineEvent;
}

const acting = (act: Act): PipelineEvent => eventOf({ kind: 'act', rid: RID, at: AT, by: 'amina', act });
const wakeUp = (draft: Partial<Extract<EventDraft, { kind: 'wake' }>>): PipelineEvent =>
  eventOf({ kind: 'wake', rid: RID, at: AT, reason: 'introducer', key: INTRODUCER, ...draft });
const apply = (registration: StoredRegistration, event: PipelineEvent) => applyEvent(registration, event, FLOW, NOW);

function changedBy(registration: StoredRegistration, event: PipelineEvent): StoredRegistration {
  const applied = apply(registration, event);
  if (applied.kind !== 'changed') throw new Error(JSON.stringify(applied));
  return applied.registration;
}

describe('an order', () => {
  it('resume: a dead letter goes on at its stage, with a whole budget, and the history says who', () => {
    expect(changedBy(deadLetter, acting({ do: 'resume' }))).toMatchObject({
      state: 'IN_FLOW',
      stage: 'quality',
      attempts: 0,
      stageSince: AT,
      history: [{ at: AT, stage: 'quality', outcome: 'resume', by: 'amina' }],
    });
  });

  it('resume: one that a rule holds goes on, and that rule does not hold it again', () => {
    const resumed = changedBy(paused, acting({ do: 'resume' }));
    expect(resumed).toMatchObject({ state: 'IN_FLOW', immune: ['ramadan'] });
    expect(resumed.parked).toBeUndefined();
  });

  it('resume: one that was given up before it had a flow enters it', () => {
    const { stage: _stage, flow: _flow, ...stranded } = deadLetter;
    expect(changedBy(stranded, acting({ do: 'resume' }))).toMatchObject({
      stage: 'receive',
      flow: { name: 'NEW', version: 2 },
    });
  });

  it('resume: what waits for something else goes on waiting', () => {
    expect(apply(waiting, acting({ do: 'resume' }))).toMatchObject({ kind: 'ignored' });
  });

  it('resume-from: goes back to a stage where it was, with its end open again', () => {
    const parked = { reason: 'answer', until: LATER } as const;
    const rejected = at('ask', { state: 'PARKED', parked, verdict: VERDICT, history: [been('introducer')] });
    const moved = changedBy(rejected, acting({ do: 'resume-from', stage: 'introducer' }));
    expect(moved).toMatchObject({ state: 'IN_FLOW', stage: 'introducer' });
    expect(moved.verdict).toBeUndefined();
    expect(changedBy(deadLetter, acting({ do: 'resume-from', stage: 'quality' }))).toMatchObject({ stage: 'quality' });
    expect(apply(deadLetter, acting({ do: 'resume-from', stage: 'nowhere' }))).toMatchObject({ kind: 'ignored' });
  });

  it.each([
    ['a stage that it has not come to', at('quality', { history: [been('receive')] }), 'ask'],
    ['the one that tells the station', at('ask', { history: [been('finalise')] }), 'finalise'],
    ['one where it was before it began anew', at('receive', { history: [been('ask'), RESTARTED] }), 'ask'],
    ['one ahead, however long its history', at('introducer', { archivedPages: 1 }), 'ask'],
  ])('resume-from: never goes to %s', (_what, registration, stage) => {
    expect(apply(registration, acting({ do: 'resume-from', stage }))).toMatchObject({ kind: 'ignored' });
  });

  it('resume-from: goes by the order of the flow where the beginning of its history is archived', () => {
    const old = at('introducer', { archivedPages: 1 });
    expect(changedBy(old, acting({ do: 'resume-from', stage: 'quality' }))).toMatchObject({ stage: 'quality' });
  });

  it('stop: takes a code that says no, and none other', () => {
    const takes = (code: string) => orderedSchema.safeParse({ do: 'stop', code }).success;
    expect(['ENR-ACT-001', 'ENR-CTY-001', 'ENR-VAL-001'].map(takes)).toEqual([true, true, true]);
    expect(['ENR-OUT-001', 'ENR-QUA-003', 'ENR-WEB-001', 'ENR-NON-001'].some(takes)).toBe(false);
  });

  it('restart: begins anew and forgets what the stages found out, but not what was taken up', () => {
    const known = at('ask', { facts: { ageGroup: 'ADULT' }, corrections: [CORRECTED] });
    const begun = changedBy(known, acting({ do: 'restart' }));
    expect(begun).toMatchObject({ stage: 'receive', facts: {}, corrections: [CORRECTED] });
  });

  it.each([inFlow, paused, waiting, deadLetter])(
    'stop: ends it as rejected by way of the answer, from $state',
    (from) => {
      expect(changedBy(from, acting({ do: 'stop', code: 'ENR-ACT-001' }))).toMatchObject({
        state: 'IN_FLOW',
        stage: 'finalise',
        verdict: { state: 'REJECTED', code: 'ENR-ACT-001' },
        history: [{ outcome: 'stop', code: 'ENR-ACT-001', by: 'amina' }],
      });
    },
  );

  it('prioritise: changes nothing else', () => {
    const urgent = changedBy(waiting, acting({ do: 'prioritise', priority: 'urgent' }));
    expect(urgent).toMatchObject({ priority: 'urgent', state: 'PARKED', parked: waiting.parked });
    expect(apply(inFlow, acting({ do: 'prioritise', priority: 'normal' }))).toMatchObject({ kind: 'ignored' });
  });

  it('pause: holds it, says who, and leaves it immune to nothing', () => {
    const held = changedBy(inFlow, acting({ do: 'pause', until: LATER, after: 'stop' }));
    const pause = { rule: 'by:amina', after: 'stop' };
    expect(held).toMatchObject({ state: 'PARKED', parked: { reason: 'paused', until: LATER, pause } });
    const again = { ...acting({ do: 'resume' }), _id: `${RID}:two` };
    expect(changedBy(held, again).immune).toBeUndefined();
    expect(apply(inFlow, acting({ do: 'pause', until: AT, after: 'stop' }))).toMatchObject({ kind: 'ignored' });
  });

  it('resume-from and restart: ask anew what was asked at that stage before', () => {
    const asked = at('receive', { visit: 3, state: 'DEAD_LETTER' });
    expect(changedBy(asked, acting({ do: 'resume-from', stage: 'receive' })).visit).toBe(4);
    expect(changedBy(asked, acting({ do: 'restart' })).visit).toBe(4);
    expect(changedBy(asked, acting({ do: 'resume' })).visit).toBe(3);
  });

  it('does not change what the station may have been told already', () => {
    const telling = at('finalise', { state: 'DEAD_LETTER', verdict: VERDICT });
    const acts: Act[] = [{ do: 'stop', code: 'ENR-ACT-001' }, { do: 'restart' }, { do: 'resume-from', stage: 'ask' }];
    for (const act of acts) expect(apply(telling, acting(act))).toMatchObject({ kind: 'ignored' });
    expect(changedBy(telling, acting({ do: 'resume' }))).toMatchObject({ stage: 'finalise', verdict: VERDICT });
  });

  it('comes too late for one that has ended, and a moment too early for one that is about to enter its flow', () => {
    const over = at('finalise', { state: 'COMPLETED' });
    expect(apply(over, acting({ do: 'restart' }))).toEqual({
      kind: 'ignored',
      why: expect.stringContaining('COMPLETED'),
    });
    const received = { ...registrationOf(RID), _rev: '1-a' };
    expect(apply(received, acting({ do: 'stop', code: 'ENR-ACT-001' }))).toEqual({ kind: 'later' });
  });

  it('counts once', () => {
    const stopped = changedBy(inFlow, acting({ do: 'restart' }));
    expect(apply(stopped, acting({ do: 'restart' }))).toMatchObject({ kind: 'ignored' });
    expect(stopped.applied).toEqual([`${RID}:one`]);
  });
});

const VERDICT = { state: 'REJECTED', code: 'ENR-VAL-001' } as const;

describe('a wake', () => {
  it('ends the wait that it is for, and leaves what came', () => {
    const body = { rid: INTRODUCER, state: 'COMPLETED' };
    const woken = changedBy(waiting, wakeUp({ body }));
    expect(woken).toMatchObject({ state: 'IN_FLOW', stage: 'introducer', answer: { key: INTRODUCER, body } });
    expect(woken.history).toEqual([{ at: AT, stage: 'introducer', outcome: 'wake' }]);
  });

  it('comes although an end was found before, as long as the registration waits', () => {
    const refused = { ...waiting, verdict: VERDICT };
    expect(changedBy(refused, wakeUp({}))).toMatchObject({ state: 'IN_FLOW', verdict: VERDICT });
    expect(apply(at('introducer', { verdict: VERDICT }), wakeUp({}))).toEqual({ kind: 'later' });
  });

  it('is for nobody when it comes again for a question of a visit that is over', () => {
    const answering = wakeUp({ reason: 'answer', key: 'the question', visit: 3, body: { outcome: 'next' } });
    const parked = { reason: 'answer', until: LATER, key: 'the question' } as const;
    expect(apply(at('ask', { visit: 3 }), answering)).toEqual({ kind: 'later' });
    expect(changedBy(at('ask', { visit: 3, state: 'PARKED', parked }), answering)).toMatchObject({ state: 'IN_FLOW' });
    expect(apply(at('quality', { visit: 4 }), answering)).toMatchObject({ kind: 'ignored' });
    expect(apply({ ...waiting, visit: 4 }, answering)).toMatchObject({ kind: 'ignored' });
  });

  it.each([
    ['a wait for something else', waiting, wakeUp({ key: ridOf(9) })],
    ['a wait that is not saved yet', at('introducer'), wakeUp({})],
    ['one that a pause holds', paused, wakeUp({})],
    ['a dead letter', deadLetter, wakeUp({})],
  ])('is kept for later before %s', (_what, registration, event) => {
    expect(apply(registration, event)).toEqual({ kind: 'later' });
  });

  it('is for nobody once the wait was over and an end is decided', () => {
    const expired = at('finalise', { verdict: VERDICT });
    expect(apply(expired, wakeUp({}))).toMatchObject({ kind: 'ignored' });
  });

  it('brings a correction, once, to the stage that its flow names', () => {
    const asked = at('ask', { state: 'PARKED', parked: { reason: 'correction', until: LATER } });
    const event = wakeUp({ reason: 'correction', key: CORRECTED.rid, body: CORRECTED });
    expect(changedBy(asked, event)).toMatchObject({ state: 'IN_FLOW', stage: 'quality', corrections: [CORRECTED] });
    expect(apply({ ...asked, corrections: [CORRECTED] }, event)).toMatchObject({ kind: 'ignored' });
    expect(apply(asked, wakeUp({ reason: 'correction', body: 'nothing' }))).toMatchObject({ kind: 'ignored' });
  });

  it('lets go what its rule holds, once', () => {
    const free = wakeUp({ reason: 'paused', key: 'ramadan' });
    expect(changedBy(paused, free)).toMatchObject({ state: 'IN_FLOW', stage: 'quality', immune: ['ramadan'] });
    expect(apply(inFlow, free)).toMatchObject({ kind: 'ignored' });
  });
});

describe('a watch', () => {
  const watching = eventOf({ kind: 'watch', rid: RID, at: AT, watcher: ridOf(7) });

  it('is noted as long as the end is to come, up to as many as there is room for', () => {
    expect(changedBy(inFlow, watching).watchers).toEqual([ridOf(7)]);
    const full = at('quality', { watchers: Array.from({ length: 64 }, (_, index) => ridOf(100 + index)) });
    expect(apply(full, watching)).toEqual({ kind: 'later' });
  });

  it('of one that has ended is answered at once, however often as the same event', () => {
    const over = at('finalise', { state: 'FAILED' });
    const told = { _id: `${ridOf(7)}:ended-${RID}`, kind: 'wake', rid: ridOf(7), reason: 'introducer', key: RID };
    expect(apply(over, watching)).toEqual({
      kind: 'changed',
      registration: over,
      emit: [{ ...told, at: AT, body: { rid: RID, state: 'FAILED' } }],
    });
  });
});

it('is not watched yet while its bytes are not there: until then the gateway writes it', () => {
  const announced = { ...registrationOf(RID, { state: 'ANNOUNCED' }), _rev: '1-a' };
  const watching = eventOf({ kind: 'watch', rid: RID, at: AT, watcher: ridOf(9) });
  expect(apply(announced, watching)).toEqual({ kind: 'later' });
  expect(apply({ ...announced, state: 'RECEIVED' }, watching)).toMatchObject({ kind: 'changed' });
});
