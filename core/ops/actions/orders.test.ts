import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CoreDatabases, openCoreDatabases, type StoredRegistration } from '../../databases.ts';
import { applyEvent } from '../../pipeline/events/apply-event.ts';
import { eventSchema, type PipelineEvent } from '../../pipeline/events/event.ts';
import { NOW, put, registrationOf, ridOf } from '../../pipeline/pipeline.fixture.ts';
import { openStore } from '../../store/open-store.ts';
import type { Doc, Store } from '../../store/store.ts';
import { resumeDeadLetter } from '../dead-letters.ts';
import { type Orders, openOrders } from './orders.ts';

const FLOW = { name: 'NEW', version: 1, first: 'receive', answer: 'finalise', steps: [{ stage: 'uin' }], wakers: {} };
const QUICK = { withinMs: 60_000 };
const MINUTE_MS = 60_000;

let folder: string;
let store: Store;
let databases: CoreDatabases;
let orders: Orders;
let now: Date;
beforeEach(async () => {
  folder = await mkdtemp(join(quickTmpdir(), 'enroute-orders-'));
  store = await openStore({ folder, onFatal: () => undefined });
  databases = await openCoreDatabases(store);
  now = NOW;
  const { registrations, events, checkpoints } = databases;
  orders = openOrders({ registrations, events, checkpoints, now: () => now });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const failed = { at: '2026-03-01T10:00:00.000Z', stage: 'uin', outcome: 'retry', code: 'ENR-UIN-001' } as const;
const deadLetter: Partial<Registration> = { state: 'DEAD_LETTER', stage: 'uin', attempts: 12, history: [failed] };

async function given(sequence: number, change: Partial<Registration>): Promise<void> {
  await put(databases.registrations, registrationOf(ridOf(sequence), change));
}

async function eventsThere(): Promise<PipelineEvent[]> {
  const docs = await databases.events.range<Doc>({ start: '0', end: ':', limit: 100 });
  return docs.map((doc) => eventSchema.parse(doc));
}

/** What the lane's worker does. */
async function carryOut(): Promise<void> {
  for (const event of await eventsThere()) {
    const registration = await databases.registrations.get<StoredRegistration>(event.rid);
    const applied = registration && applyEvent(registration, event, FLOW, now);
    if (applied?.kind === 'changed') await databases.registrations.write([applied.registration]);
    await databases.events.write([{ _id: event._id, _rev: event._rev, _deleted: true }]);
  }
}

describe('an order to many', () => {
  beforeEach(async () => {
    await given(1, deadLetter);
    await given(2, { ...deadLetter, stage: 'quality' });
    await given(3, { ...deadLetter, station: '1000210001' });
    await given(4, { state: 'COMPLETED', stage: 'finalise' });
    await given(5, { state: 'IN_FLOW', stage: 'uin' });
  });

  it('shows first what it would be given to, counted and by example', async () => {
    const preview = await orders.preview({ states: ['DEAD_LETTER'] }, { do: 'resume' }, 'amina', QUICK);
    expect(preview).toMatchObject({
      complete: true,
      byState: { DEAD_LETTER: 3 },
      byStage: { uin: 2, quality: 1 },
      byCenter: { '10001': 2, '10002': 1 },
    });
    expect(preview.samples).toContainEqual(
      expect.objectContaining({ rid: ridOf(2), stage: 'quality', code: failed.code }),
    );
    expect(await eventsThere()).toEqual([]);
  });

  it.each([
    [{ stages: ['quality'] }, [2]],
    [{ centers: ['10002'] }, [3]],
    [{ codes: ['ENR-UIN-001' as const], stages: ['uin'] }, [1, 3]],
    [{ rids: [ridOf(4), ridOf(5)] }, [5]],
    [{ processes: ['UPDATE' as const] }, []],
    [{ hours: 1 }, []],
  ])('is given to what fits %j, and never to what has ended', async (selection, sequences) => {
    const { rids } = await orders.preview(selection, { do: 'resume' }, 'amina', QUICK);
    expect([...rids].sort()).toEqual(sequences.map((sequence) => ridOf(sequence)));
  });

  it('is given to just those that were shown, and tells what became of them', async () => {
    const { token } = await orders.preview({ states: ['DEAD_LETTER'] }, { do: 'resume' }, 'amina', QUICK);
    await given(6, deadLetter);
    const { id, count } = await orders.give(token, 'amina');
    expect(count).toBe(3);
    expect(await orders.status(id)).toMatchObject({ state: 'given', waiting: 3, applied: 0, ignored: 0 });
    // One has gone on by itself meanwhile.
    const [first] = await databases.registrations.getMany<StoredRegistration>([ridOf(1)]);
    await databases.registrations.write([{ ...registrationOf(ridOf(1), { state: 'COMPLETED' }), _rev: first?._rev }]);
    await carryOut();
    expect(await orders.status(id)).toMatchObject({ waiting: 0, applied: 2, ignored: 1, by: 'amina' });
    expect(await databases.registrations.get(ridOf(2))).toMatchObject({
      state: 'IN_FLOW',
      stage: 'quality',
      attempts: 0,
    });
    expect(await databases.registrations.get(ridOf(6))).toMatchObject({ state: 'DEAD_LETTER' });
  });

  it('is given once, by whoever has looked, while the look is fresh', async () => {
    const preview = () => orders.preview({ states: ['DEAD_LETTER'] }, { do: 'resume' }, 'amina', QUICK);
    const { token } = await preview();
    await expect(orders.give(token, 'badr')).rejects.toMatchObject({ code: 'ENR-ACT-002' });
    await expect(orders.status(token)).rejects.toMatchObject({ code: 'ENR-ACT-003' });
    await orders.give(token, 'amina');
    await expect(orders.give(token, 'amina')).rejects.toMatchObject({ code: 'ENR-ACT-002' });
    const old = await preview();
    now = new Date(NOW.getTime() + 16 * MINUTE_MS);
    await expect(orders.give(old.token, 'amina')).rejects.toMatchObject({ code: 'ENR-ACT-002' });
    await expect(orders.give('nonsense', 'amina')).rejects.toMatchObject({ code: 'ENR-ACT-002' });
  });

  it('that was cut short is brought to its end by giving it again, without a second event', async () => {
    const { token } = await orders.preview({ states: ['DEAD_LETTER'] }, { do: 'resume' }, 'amina', QUICK);
    const { registrations, events, checkpoints } = databases;
    let writes = 0;
    const failing = { ...events, write: async (docs: readonly Doc[]) => cutShort(docs) };
    const cutShort = async (docs: readonly Doc[]) => {
      writes += 1;
      await events.write(docs.slice(0, 2));
      throw new Error('gone');
    };
    const broken = openOrders({ registrations, events: failing, checkpoints, now: () => now });
    await expect(broken.give(token, 'amina')).rejects.toThrow('gone');
    expect(writes).toBe(1);
    // What is not written is still to come; what is, is asked for.
    expect(await orders.status(token)).toMatchObject({ state: 'begun', waiting: 3, applied: 0, ignored: 0 });
    now = new Date(NOW.getTime() + 60 * MINUTE_MS);
    await orders.give(token, 'amina');
    expect((await eventsThere()).map(({ rid }) => rid).sort()).toEqual([ridOf(1), ridOf(2), ridOf(3)].sort());
  });

  it('that was cut short is not brought to its end when it may be the wrong thing to do by then', async () => {
    const { token } = await orders.preview({ states: ['DEAD_LETTER'] }, { do: 'restart' }, 'amina', QUICK);
    const { registrations, events, checkpoints } = databases;
    const failing = { ...events, write: () => Promise.reject(new Error('gone')) };
    const broken = openOrders({ registrations, events: failing, checkpoints, now: () => now });
    await expect(broken.give(token, 'amina')).rejects.toThrow('gone');
    now = new Date(NOW.getTime() + 25 * 60 * MINUTE_MS);
    await expect(orders.give(token, 'amina')).rejects.toMatchObject({ code: 'ENR-ACT-002' });
  });

  it('does not tell again those whose pages were written before it was cut short', async () => {
    const { registrations, events, checkpoints } = databases;
    const many = Array.from({ length: 1_200 }, (_none, index) => registrationOf(ridOf(100 + index), deadLetter));
    for (const part of [many.slice(0, 1_000), many.slice(1_000)]) await registrations.write(part);
    const { token } = await orders.preview({ states: ['DEAD_LETTER'] }, { do: 'resume' }, 'amina', QUICK);
    const written: string[] = [];
    let pages = 0;
    const failing = {
      ...events,
      write: async (docs: readonly Doc[]) => {
        pages += 1;
        if (pages === 2) throw new Error('gone');
        written.push(...docs.map(({ _id }) => _id));
        return docs.map(({ _id }) => ({ ok: true as const, id: _id, rev: '1-a' }));
      },
    };
    const broken = openOrders({ registrations, events: failing, checkpoints, now: () => now });
    await expect(broken.give(token, 'amina')).rejects.toThrow('gone');
    await broken.give(token, 'amina');
    expect([written.length, new Set(written).size]).toEqual([1_203, 1_203]);
  });

  it('to one is there before it is noted, so that none is waited for that was never given', async () => {
    const { registrations, events, checkpoints } = databases;
    const failing = { ...events, write: () => Promise.reject(new Error('gone')) };
    const broken = openOrders({ registrations, events: failing, checkpoints, now: () => now });
    await expect(broken.giveOne(ridOf(1), { do: 'resume' }, 'amina')).rejects.toThrow('gone');
    expect(await checkpoints.range<Doc>({ start: 'order:', end: 'order;', limit: 1 })).toEqual([]);
  });

  it('asks for what was applied no more than once', async () => {
    const { token } = await orders.preview({ states: ['DEAD_LETTER'] }, { do: 'resume' }, 'amina', QUICK);
    const read: number[] = [];
    const { registrations, events, checkpoints } = databases;
    const counting = {
      ...registrations,
      getMany: (rids: readonly string[]) => {
        read.push(rids.length);
        return registrations.getMany(rids);
      },
    } as typeof registrations;
    const watched = openOrders({ registrations: counting, events, checkpoints, now: () => now });
    await watched.give(token, 'amina');
    await watched.status(token);
    await carryOut();
    await watched.status(token);
    expect(await watched.status(token)).toMatchObject({ applied: 3, waiting: 0 });
    expect(read).toEqual([3]);
  });

  it('is shown for an hour, and only the latest looks of each are kept', async () => {
    const { checkpoints } = databases;
    const shown = () => checkpoints.range<Doc>({ start: 'preview:', end: 'preview;', limit: 100 });
    const look = (by: string) => orders.preview({ states: ['DEAD_LETTER'] }, { do: 'resume' }, by, QUICK);
    const first = await look('amina');
    for (let times = 0; times < 12; times += 1) {
      now = new Date(now.getTime() + 1);
      await look('amina');
    }
    await look('badr');
    expect(await shown()).toHaveLength(11);
    await expect(orders.give(first.token, 'amina')).rejects.toMatchObject({ code: 'ENR-ACT-002' });
    now = new Date(now.getTime() + 61 * MINUTE_MS);
    await look('cyra');
    expect(await shown()).toHaveLength(1);
  });

  it('is forgotten a month later', async () => {
    const { token } = await orders.preview({}, { do: 'resume' }, 'amina', QUICK);
    await orders.give(token, 'amina');
    now = new Date(NOW.getTime() + 31 * 24 * 60 * MINUTE_MS);
    await orders.preview({}, { do: 'resume' }, 'amina', QUICK);
    await expect(orders.status(token)).rejects.toMatchObject({ code: 'ENR-ACT-003' });
  });
});

describe('a dead letter', () => {
  it('goes on when it is told to', async () => {
    await given(1, deadLetter);
    await resumeDeadLetter(ridOf(1), 'amina', databases.registrations, orders);
    await carryOut();
    expect(await databases.registrations.get<StoredRegistration>(ridOf(1))).toMatchObject({
      state: 'IN_FLOW',
      history: [failed, { at: NOW.toISOString(), stage: 'uin', outcome: 'resume', by: 'amina' }],
    });
  });

  it('is not made of anything else', async () => {
    await given(1, { state: 'IN_FLOW', stage: 'uin' });
    for (const rid of [ridOf(1), ridOf(2)]) {
      const resumed = resumeDeadLetter(rid, 'amina', databases.registrations, orders);
      await expect(resumed).rejects.toMatchObject({ code: 'ENR-OPS-001' });
    }
  });
});
