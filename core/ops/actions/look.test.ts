import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CoreDatabases, openCoreDatabases, type StoredRegistration } from '../../databases.ts';
import { NOW, put, registrationOf, ridOf } from '../../pipeline/pipeline.fixture.ts';
import { openStore } from '../../store/open-store.ts';
import type { ChangesQuery, Database, Store } from '../../store/store.ts';
import { keepRoll } from '../census/kept-census.ts';
import { callRoll } from '../census/roll.ts';
import { takeCensus } from '../census/take-census.ts';
import { listDeadLetters } from '../dead-letters.ts';
import { lookFor } from './look.ts';

const now = () => NOW;
const failed = { at: '2026-03-01T10:00:00.000Z', stage: 'uin', outcome: 'retry', code: 'ENR-UIN-001' } as const;
const deadLetter: Partial<Registration> = { state: 'DEAD_LETTER', stage: 'uin', attempts: 12, history: [failed] };

let folder: string;
let store: Store;
let databases: CoreDatabases;
beforeEach(async () => {
  folder = await mkdtemp(join(quickTmpdir(), 'enroute-look-'));
  store = await openStore({ folder, onFatal: () => undefined });
  databases = await openCoreDatabases(store);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function given(sequence: number, change: Partial<Registration>): Promise<void> {
  await put(databases.registrations, registrationOf(ridOf(sequence), change));
}

async function moved(sequence: number, change: Partial<Registration>): Promise<void> {
  const before = await databases.registrations.get<StoredRegistration>(ridOf(sequence));
  await databases.registrations.write([{ ...registrationOf(ridOf(sequence), change), _rev: before?._rev }]);
}

/** @param asked told each question for changes, before it is put */
function watched(asked: (query: ChangesQuery, times: number) => Promise<void> | void): Database {
  const { registrations } = databases;
  let times = 0;
  const changes = async (query: ChangesQuery) => {
    times += 1;
    await asked(query, times);
    return registrations.changes(query);
  };
  return { ...registrations, getMany: (ids: string[]) => registrations.getMany(ids), changes } as unknown as Database;
}

const look = (registrations: Database, withinMs = 60_000, stopping?: AbortSignal) => {
  const { checkpoints } = databases;
  return lookFor({}, { registrations, checkpoints, now, withinMs, stopping });
};

describe('looking', () => {
  it('counts once what moves meanwhile, and ends although the feed does not', async () => {
    for (const sequence of [1, 2]) await given(sequence, { state: 'IN_FLOW', stage: 'quality' });
    const busy = watched(async (_query, times) => {
      if (times > 20) throw new Error('It reads for ever.');
      if (times > 1) await moved(1, { state: 'IN_FLOW', stage: times % 2 ? 'uin' : 'quality' });
    });
    const found = await look(busy);
    expect([...found.rids].sort()).toEqual([ridOf(1), ridOf(2)]);
    expect(found).toMatchObject({ complete: true, byState: { IN_FLOW: 2 } });
  });

  it('leaves out what is not meant any more once it has moved', async () => {
    await given(1, { state: 'IN_FLOW', stage: 'quality' });
    await given(2, { state: 'IN_FLOW', stage: 'quality' });
    const busy = watched(async (_query, times) => {
      if (times === 2) await moved(1, { state: 'IN_FLOW', stage: 'uin' });
    });
    const { checkpoints } = databases;
    const selection = { stages: ['quality'] };
    const found = await lookFor(selection, { registrations: busy, checkpoints, now, withinMs: 60_000 });
    expect(found.rids).toEqual([ridOf(2)]);
  });

  it('ends in the middle of a question when its time is over, and says so', async () => {
    const slow = watched(async ({ signal }) => {
      await new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    });
    expect(await look(slow, 20)).toMatchObject({ rids: [], complete: false });
    const stopping = AbortSignal.abort(new Error('stopped'));
    await expect(look(databases.registrations, 60_000, stopping)).rejects.toThrow('stopped');
  });

  it('is one at a time', async () => {
    let [under, most] = [0, 0];
    const counting = watched(async () => {
      under += 1;
      most = Math.max(most, under);
      await new Promise(setImmediate);
      under -= 1;
    });
    await Promise.all([look(counting), look(counting), look(counting)]);
    expect(most).toBe(1);
  });

  it('reads the roll and what has moved since, and not what has ended long ago', async () => {
    await given(1, deadLetter);
    await given(2, { state: 'COMPLETED' });
    await given(3, deadLetter);
    await given(4, { state: 'IN_FLOW', stage: 'uin' });
    const { registrations, checkpoints } = databases;
    const roll = callRoll((await registrations.info()).updateSeq);
    await takeCensus(registrations, {}, { times: 10, leastMs: 60_000 }, NOW, undefined, roll);
    await keepRoll(checkpoints, roll.called());
    await moved(3, { state: 'IN_FLOW', stage: 'uin' });
    await moved(4, deadLetter);
    const places: (string | undefined)[] = [];
    const asked = watched(({ since }) => void places.push(since));
    const found = await lookFor(
      { states: ['DEAD_LETTER'] },
      { registrations: asked, checkpoints, now, withinMs: 60_000 },
    );
    expect([...found.rids].sort()).toEqual([ridOf(1), ridOf(4)]);
    expect(places[0]).toBe(roll.called().since);
  });
});

describe('the roll', () => {
  it('leaves out a state of which there are more than have room', () => {
    const roll = callRoll('7');
    for (let sequence = 1; sequence <= 5_001; sequence += 1) roll.note({ _id: ridOf(sequence), state: 'RECEIVED' });
    roll.note({ _id: ridOf(1), state: 'PARKED' });
    roll.note({ _id: ridOf(2), state: 'COMPLETED' });
    expect(roll.called()).toEqual({ since: '7', rids: { IN_FLOW: [], PARKED: [ridOf(1)], DEAD_LETTER: [] } });
  });
});

describe('dead letters', () => {
  it('are listed with the stage that gave up and its last reason', async () => {
    await given(1, deadLetter);
    await given(2, { state: 'IN_FLOW', stage: 'uin' });
    const { registrations, checkpoints } = databases;
    expect(await listDeadLetters({ registrations, checkpoints, now })).toEqual({
      letters: [expect.objectContaining({ rid: ridOf(1), stage: 'uin', at: failed.at, code: 'ENR-UIN-001' })],
      complete: true,
    });
  });
});
