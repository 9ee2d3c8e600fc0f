import { FINGERS } from '@enroute/shared/enrolment/enrolment.ts';
import { describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import { StoreError } from '../../store/store.ts';
import { applyEvent } from '../events/apply-event.ts';
import { type EventDraft, eventSchema } from '../events/event.ts';
import type { EventFlow } from '../events/ruled.ts';
import { sendEvents as sendTo } from '../events/send-events.ts';
import type { Outcome } from '../outcome.ts';
import { enrolmentOf, NOW, OTHER_STATION, put, STATION } from '../pipeline.fixture.ts';
import { type FlowOf, handOverStage } from './hand-over.ts';
import { REJECTED, stageBench } from './stages.fixture.ts';

const bench = stageBench();

describe('hand-over', () => {
  const flow: EventFlow = {
    name: 'NEW',
    version: 1,
    first: 'receive',
    answer: 'finalise',
    steps: [{ stage: 'quality' }, { stage: 'ask-correction' }],
    wakers: { correction: { resumeAt: 'quality' } },
  };
  const flowOf: FlowOf = ({ process }) => (process === 'NEW' ? flow : { ...flow, name: process, wakers: {} });
  const stage = (sendEvents = (events: readonly EventDraft[]) => sendTo(events, bench.core.databases.events)) =>
    handOverStage({ databases: bench.core.databases, flowOf, sendEvents });
  /** What the parent's own worker makes of the events that lie there for it. */
  const applied = async (rid: string): Promise<StoredRegistration> => {
    let parent = await bench.core.get(rid);
    const events = await bench.core.databases.events.range({ start: `${rid}:`, end: `${rid};`, limit: 10 });
    for (const event of events) {
      const ruled = applyEvent(parent, eventSchema.parse(event), flow, NOW);
      if (ruled.kind === 'changed') parent = ruled.registration;
    }
    return put(bench.core.databases.registrations, parent);
  };
  const parked = { reason: 'correction', until: NOW.toISOString() } as const;
  const waiting = (change: Partial<StoredRegistration> = {}): Promise<StoredRegistration> =>
    bench.core.arrive({ change: { state: 'PARKED', stage: 'ask-correction', parked, attempts: 2, ...change } });
  const over = (state: StoredRegistration['state']): Promise<StoredRegistration> =>
    bench.core.arrive({ change: { state, stage: 'finalise', verdict: REJECTED } });
  const correctionOf = (corrects: string, station = STATION): Promise<StoredRegistration> =>
    bench.core.arrive({
      process: 'CORRECTION',
      corrects,
      station,
      enrolment: enrolmentOf(bench.person, { positions: FINGERS }),
    });
  const NOT_WAITING: Outcome = { kind: 'reject', code: 'ENR-VAL-007' };

  test('tells the registration that waits, which wakes where its flow says', async () => {
    const parent = await waiting();
    const correction = await correctionOf(parent._id);
    expect(await bench.perform(stage(), [correction])).toEqual([{ kind: 'next' }]);
    // The worker of its lane alone writes it.
    expect(await bench.core.get(parent._id)).toEqual(parent);
    const woken = await applied(parent._id);
    expect(woken).toMatchObject({
      state: 'IN_FLOW',
      stage: 'quality',
      attempts: 0,
      corrections: [{ rid: correction._id, digest: correction.packet.digest }],
    });
    expect(woken).not.toHaveProperty('parked');
  });

  test('does it once, however often it is tried', async () => {
    const parent = await waiting();
    const correction = await correctionOf(parent._id);
    await bench.perform(stage(), [correction]);
    expect(await bench.perform(stage(), [correction])).toEqual([{ kind: 'next' }]);
    const woken = await applied(parent._id);
    expect(await bench.perform(stage(), [correction])).toEqual([{ kind: 'next' }]);
    expect(woken.corrections).toHaveLength(1);
    expect((await applied(parent._id)).corrections).toHaveLength(1);
  });

  test('keeps the second of two corrections of one task until the first is judged', async () => {
    const parent = await waiting();
    const both = [await correctionOf(parent._id), await correctionOf(parent._id)];
    expect(await bench.perform(stage(), both)).toEqual([{ kind: 'next' }, { kind: 'next' }]);
    const woken = await applied(parent._id);
    expect(woken.corrections).toHaveLength(1);
    const again = { ...woken, state: 'PARKED', stage: 'ask-correction', parked } as const;
    await put(bench.core.databases.registrations, again);
    const rids = (await applied(parent._id)).corrections.map(({ rid }) => rid);
    expect(rids.sort()).toEqual(both.map(({ _id }) => _id).sort());
  });

  const pause = { rule: 'audit', after: 'resume' } as const;
  test.each<[string, Partial<StoredRegistration>]>([
    ['does not wait yet', { state: 'IN_FLOW', stage: 'ask-correction' }],
    ['is held', { state: 'PARKED', stage: 'quality', parked: { ...parked, reason: 'paused', pause } }],
    ['is a dead letter', { state: 'DEAD_LETTER', stage: 'ask-correction' }],
    ['waits for something else', { state: 'PARKED', stage: 'x', parked: { ...parked, reason: 'answer', key: 'q' } }],
  ])('is done at once for one that %s: the event lies there until that one waits for it', async (_name, change) => {
    const parent = await bench.core.arrive({ change });
    const correction = await correctionOf(parent._id);
    expect(await bench.perform(stage(), [correction])).toEqual([{ kind: 'next' }]);
    const same = await applied(parent._id);
    expect(same.corrections).toEqual([]);
    await put(bench.core.databases.registrations, { ...same, state: 'PARKED', stage: 'ask-correction', parked });
    expect((await applied(parent._id)).corrections).toMatchObject([{ rid: correction._id }]);
  });

  test('leaves it to the other worker to judge when the flow of the registration is not at hand here', async () => {
    const parent = await waiting();
    const correction = await correctionOf(parent._id);
    const strange = handOverStage({
      databases: bench.core.databases,
      flowOf: () => undefined,
      sendEvents: (events) => sendTo(events, bench.core.databases.events),
    });
    expect(await bench.perform(strange, [correction])).toEqual([{ kind: 'next' }]);
    expect((await applied(parent._id)).corrections).toMatchObject([{ rid: correction._id }]);
  });

  test.each<[string, () => Promise<string>]>([
    ['nobody knows', async () => `${STATION}7777720260301080000`],
    ['has expired meanwhile', async () => (await over('IN_FLOW'))._id],
    ['has ended', async () => (await over('REJECTED'))._id],
    ['is a correction itself', async () => (await correctionOf(`${STATION}0000120260301080000`))._id],
    ['has a flow that waits for no correction', async () => (await waiting({ process: 'LOST' }))._id],
  ])('rejects a correction of a registration that %s', async (_name, parentOf) => {
    expect(await bench.perform(stage(), [await correctionOf(await parentOf())])).toEqual([NOT_WAITING]);
  });

  test('rejects a correction that another station sends, and leaves the registration waiting', async () => {
    const parent = await waiting();
    expect(await bench.perform(stage(), [await correctionOf(parent._id, OTHER_STATION)])).toEqual([NOT_WAITING]);
    expect(await bench.core.get(parent._id)).toEqual(parent);
  });

  test('rejects a correction that names itself, or nothing', async () => {
    const correction = await correctionOf(`${STATION}0000120260301080000`);
    const { corrects: _, ...nameless } = correction;
    const itself = { ...correction, corrects: correction._id };
    expect(await bench.perform(stage(), [itself, nameless])).toEqual([NOT_WAITING, NOT_WAITING]);
  });

  test('is not done with a correction while the event can not be written', async () => {
    const correction = await correctionOf((await waiting())._id);
    const away = new StoreError('away', { transient: true });
    await expect(
      bench.perform(
        stage(() => Promise.reject(away)),
        [correction],
      ),
    ).rejects.toBe(away);
  });

  test('that meets the end of the wait in the same moment gives way to it', async () => {
    const parent = await waiting();
    const correction = await correctionOf(parent._id);
    await bench.perform(stage(), [correction]);
    const { parked: _, ...rest } = parent;
    await put(bench.core.databases.registrations, { ...rest, state: 'IN_FLOW', stage: 'finalise', verdict: REJECTED });
    expect(await applied(parent._id)).toMatchObject({ verdict: REJECTED, corrections: [] });
    expect(await bench.perform(stage(), [correction])).toEqual([NOT_WAITING]);
  });
});
