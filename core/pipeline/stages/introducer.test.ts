import type { Identity } from '@enroute/shared/enrolment/enrolment.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import { assignUins } from '../../identity/assign-uins.ts';
import { changeIdentities } from '../../identity/change-identities.ts';
import { createIdentities } from '../../identity/identity-records.ts';
import type { EventDraft } from '../events/event.ts';
import { sendEvents } from '../events/send-events.ts';
import { LONGEST_WAIT_DAYS } from '../longest-wait.ts';
import { type ArrivalOptions, broken, enrolmentOf, faultyDatabases, NOW, put, ridOf } from '../pipeline.fixture.ts';
import { type IntroducerParts, introducerLateStage, introducerStage } from './introducer.ts';
import { NEXT, REJECTED, stageBench } from './stages.fixture.ts';

const bench = stageBench();

const UNTIL = daysAfter(LONGEST_WAIT_DAYS);
let sent: EventDraft[] = [];
beforeEach(() => {
  sent = [];
});

function daysAfter(days: number): Date {
  return new Date(NOW.getTime() + days * 86_400_000);
}

const parts = (databases = bench.core.databases): IntroducerParts => ({
  databases,
  keys: bench.core.keys,
  neededBy: ['INFANT', 'MINOR'],
  sendEvents: async (events) => {
    sent.push(...events);
    await sendEvents(events, databases.events);
  },
});
const stage = (databases = bench.core.databases) => introducerStage(parts(databases));

function refuse(code: string) {
  return { kind: 'reject', code };
}

const waitFor = (rid: string) => ({ kind: 'park', reason: 'introducer', key: rid, until: UNTIL });

const childOf = (reference: Identity, options: ArrivalOptions = {}) =>
  bench.arrival({ change: { identity: { ...enrolmentOf(bench.person).identity, ...reference } } }, options);

const parent = (state: StoredRegistration['state'], change: Partial<StoredRegistration> = {}) =>
  bench.core.arrive({ enrolment: enrolmentOf(bench.nextPerson()), change: { state, ...change } });

/** Somebody who has a number. */
async function numbered(identity: Identity = {}): Promise<{ rid: string; uin: string }> {
  const { _id: rid } = await parent('COMPLETED');
  const { databases, keys } = bench.core;
  const uin = String(5_000_000_000 + bench.person);
  await assignUins([rid], databases.uins, () => uin, NOW);
  await createIdentities([{ uin, rid, identity, packets: [] }], databases.identities, keys.storage, NOW);
  return { rid, uin };
}

async function deactivate(uin: string): Promise<void> {
  const { databases, keys } = bench.core;
  await changeIdentities([{ uin, rid: ridOf(99_999), act: 'deactivate' }], databases.identities, keys.storage, NOW);
}

describe('introducer', () => {
  test('asks nothing of who comes alone', async () => {
    expect(await bench.perform(stage(), [await bench.arrival()])).toEqual([NEXT]);
    expect(sent).toEqual([]);
  });

  test('takes whoever has a number, by the number or by the registration, under either name of the field', async () => {
    const { rid, uin } = await numbered();
    const children = [
      await childOf({ introducerUIN: uin }),
      await childOf({ parentOrGuardianUIN: uin }),
      await childOf({ introducerRID: rid }),
      await childOf({ parentOrGuardianRID: rid }),
      await childOf({ introducerRID: ridOf(77_777), introducerUIN: uin }),
    ];
    expect(await bench.perform(stage(), children)).toEqual(children.map(() => NEXT));
  });

  test('refuses a number that nobody has, and a virtual one, of which there are none', async () => {
    const children = [
      await childOf({ introducerUIN: '3127850469' }),
      await childOf({ introducerVID: '1234567890123456' }),
    ];
    expect(await bench.perform(stage(), children)).toEqual(children.map(() => refuse('ENR-INT-003')));
  });

  test('refuses one whose number is deactivated, however they are named', async () => {
    const { rid, uin } = await numbered();
    await deactivate(uin);
    const children = [await childOf({ introducerUIN: uin }), await childOf({ introducerRID: rid })];
    expect(await bench.perform(stage(), children)).toEqual(children.map(() => refuse('ENR-INT-004')));
  });

  test.each(['REJECTED', 'FAILED'] as const)('refuses one whose own registration is %s', async (state) => {
    const { _id: rid } = await parent(state, { verdict: { ...REJECTED, state } });
    expect(await bench.perform(stage(), [await childOf({ introducerRID: rid })])).toEqual([refuse('ENR-INT-001')]);
  });

  test.each(['CORRECTION', 'DEACTIVATE'] as const)('refuses a registration of the process %s', async (process) => {
    const { _id: rid } = await parent('IN_FLOW', { process });
    expect(await bench.perform(stage(), [await childOf({ introducerRID: rid })])).toEqual([refuse('ENR-INT-006')]);
  });

  test.each<[string, StoredRegistration['state'], Partial<StoredRegistration>]>([
    ['is announced', 'ANNOUNCED', {}],
    ['is in its flow', 'IN_FLOW', { stage: 'quality' }],
    ['is about to be rejected', 'IN_FLOW', { stage: 'finalise', verdict: REJECTED }],
    ['waits for a correction', 'PARKED', { parked: { reason: 'correction', until: NOW.toISOString() } }],
    [
      'is held back',
      'PARKED',
      { parked: { reason: 'paused', until: NOW.toISOString(), pause: { rule: 'r', after: 'stop' } } },
    ],
    [
      'waits for an introducer',
      'PARKED',
      { parked: { reason: 'introducer', key: ridOf(1), until: NOW.toISOString() } },
    ],
    ['is a dead letter', 'DEAD_LETTER', { stage: 'uin' }],
  ])('W16: waits for one whose own registration %s, and asks to be told of its end', async (_name, state, change) => {
    const { _id: rid } = await parent(state, change);
    const child = await childOf({ introducerRID: rid });
    expect(await bench.perform(stage(), [child])).toEqual([waitFor(rid)]);
    const _id = `${rid}:watch-${child._id}`;
    expect(sent).toEqual([{ _id, kind: 'watch', rid, watcher: child._id, at: NOW.toISOString() }]);
    expect(await bench.core.databases.events.get(_id)).toBeDefined();
  });

  test('waits for one whose packet has not come yet', async () => {
    const rid = ridOf(88_888);
    expect(await bench.perform(stage(), [await childOf({ introducerRID: rid })])).toEqual([waitFor(rid)]);
    expect(sent).toMatchObject([{ kind: 'watch', rid }]);
  });

  test('asks once, however often it is carried out', async () => {
    const child = await childOf({ introducerRID: ridOf(88_889) });
    await bench.perform(stage(), [child]);
    await bench.perform(stage(), [child]);
    expect(new Set(sent.map(({ _id }) => _id)).size).toBe(1);
  });

  test('has its whole time to wait, however long a pause has held it at this stage before', async () => {
    const history = [{ at: daysAfter(-80).toISOString(), stage: 'introducer', outcome: 'park' }];
    const child = { ...(await childOf({ introducerRID: ridOf(88_890) })), history };
    expect(await bench.perform(stage(), [child])).toEqual([waitFor(ridOf(88_890))]);
  });

  test.each([
    ['REJECTED', refuse('ENR-INT-001')],
    ['COMPLETED', NEXT],
  ] as const)('does not wait again when it is told of an end, %s, that is yet to be saved', async (state, verdict) => {
    const { rid } = await numbered();
    const { _rev, ...introducer } = await bench.core.get(rid);
    await put(bench.core.databases.registrations, { ...introducer, _rev, state: 'IN_FLOW', stage: 'finalise' });
    const child = { ...(await childOf({ introducerRID: rid })), answer: { key: rid, body: { rid, state } } };
    expect(await bench.perform(stage(), [child])).toEqual([verdict]);
  });

  test('decides when the one that was waited for has ended', async () => {
    const { _id: rid, ...introducer } = await parent('IN_FLOW');
    const child = await childOf({ introducerRID: rid });
    expect(await bench.perform(stage(), [child])).toEqual([waitFor(rid)]);
    await put(bench.core.databases.registrations, { ...introducer, _id: rid, state: 'REJECTED', verdict: REJECTED });
    expect(await bench.perform(stage(), [child])).toEqual([refuse('ENR-INT-001')]);
  });

  test('refuses a registration that names itself', async () => {
    const { _id: own } = await bench.arrival();
    const child = await childOf({ introducerRID: own });
    expect(await bench.perform(stage(), [{ ...child, _id: own }])).toEqual([refuse('ENR-INT-005')]);
  });

  test('refuses at once the second of two that name each other', async () => {
    const first = await bench.arrival();
    const second = await childOf({ introducerRID: first._id });
    const parked = { reason: 'introducer', key: second._id, until: UNTIL.toISOString() } as const;
    const waiting: StoredRegistration = { ...first, state: 'PARKED', stage: 'introducer', parked };
    await put(bench.core.databases.registrations, waiting);
    expect(await bench.perform(stage(), [second])).toEqual([refuse('ENR-INT-005')]);
    expect(sent).toEqual([]);
  });

  test('refuses at least one of two that name each other and are looked at in the same moment', async () => {
    const { databases } = bench.core;
    const first = await bench.arrival();
    const second = await childOf({ introducerRID: first._id });
    // What another worker has just written for the first one, which is yet to be applied to the second.
    const at = NOW.toISOString();
    const asked = {
      kind: 'watch',
      rid: second._id,
      watcher: first._id,
      at,
      _id: `${second._id}:watch-${first._id}`,
    } as const;
    await sendEvents([asked], databases.events);
    expect(await bench.perform(stage(), [second])).toEqual([refuse('ENR-INT-005')]);
  });

  test('refuses one whose introducer waits for it by what stands in it already', async () => {
    const first = await bench.arrival();
    const second = await childOf({ introducerRID: first._id });
    await put(bench.core.databases.registrations, { ...second, watchers: [first._id] });
    expect(await bench.perform(stage(), [second])).toEqual([refuse('ENR-INT-005')]);
  });

  test('W4: is tried again while the store is away, and ends nobody', async () => {
    const away = faultyDatabases(bench.core.databases, {
      before: (_method, db) => {
        if (db.endsWith('registrations') || db.endsWith('events')) throw broken();
      },
    });
    const child = await childOf({ introducerRID: ridOf(1) });
    await expect(bench.perform(stage(away), [child])).rejects.toMatchObject({ name: 'StoreError', transient: true });
  });
});

describe('introducer-late', () => {
  const late = () => introducerLateStage(parts());

  test('looks once more when the time is over: the news of the end can have been lost', async () => {
    const { rid } = await numbered();
    expect(await bench.perform(late(), [await childOf({ introducerRID: rid })])).toEqual([NEXT]);
  });

  test('refuses when the introducer has not ended, and waits for nobody', async () => {
    const { _id: rid } = await parent('IN_FLOW');
    const children = [await childOf({ introducerRID: rid }), await childOf({ introducerRID: ridOf(88_891) })];
    expect(await bench.perform(late(), children)).toEqual(children.map(() => refuse('ENR-INT-002')));
    expect(sent).toEqual([]);
  });
});

describe('an update in which nobody vouches', () => {
  const update = (identity: Identity) => bench.arrival({ change: { identity } }, { process: 'UPDATE' });

  test('is refused when the person is a child by the record, whatever the packet says of the age', async () => {
    const { uin } = await numbered({ dateOfBirth: '2015/01/02' });
    const updates = [
      await update({ UIN: uin, phone: '0600000000' }),
      await update({ UIN: uin, dateOfBirth: '1990/01/02' }),
    ];
    expect(await bench.perform(stage(), updates)).toEqual(updates.map(() => refuse('ENR-INT-007')));
  });

  test('goes on for an adult, for a record without an age, and for a number that nobody has', async () => {
    const { uin } = await numbered({ dateOfBirth: '1990/01/02' });
    const { uin: ageless } = await numbered();
    const updates = [await update({ UIN: uin }), await update({ UIN: ageless }), await update({ UIN: '3127850469' })];
    expect(await bench.perform(stage(), updates)).toEqual(updates.map(() => NEXT));
  });

  test('is not what it is when somebody does', async () => {
    const { uin: introducerUIN } = await numbered();
    const { uin } = await numbered({ dateOfBirth: '2015/01/02' });
    expect(await bench.perform(stage(), [await update({ UIN: uin, introducerUIN })])).toEqual([NEXT]);
  });
});
