import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CoreDatabases, openCoreDatabases, type StoredRegistration } from '../databases.ts';
import { put, registrationOf, ridOf } from '../pipeline/pipeline.fixture.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { listDeadLetters, resumeDeadLetter } from './dead-letters.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
let folder: string;
let store: Store;
let databases: CoreDatabases;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enroute-dead-'));
  store = await openStore({ folder, onFatal: () => undefined });
  databases = await openCoreDatabases(store);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const failed = { at: '2026-03-01T10:00:00.000Z', stage: 'uin', outcome: 'retry', code: 'ENR-UIN-001' } as const;

const deadLetter = registrationOf(ridOf(1), {
  state: 'DEAD_LETTER',
  stage: 'uin',
  attempts: 12,
  history: [failed],
});

describe('dead letters', () => {
  it('are listed with the stage that gave up and its last reason', async () => {
    await put(databases.registrations, deadLetter);
    await put(databases.registrations, registrationOf(ridOf(2), { state: 'IN_FLOW', stage: 'uin' }));
    expect(await listDeadLetters(databases.registrations)).toEqual([
      expect.objectContaining({ rid: ridOf(1), stage: 'uin', at: failed.at, code: 'ENR-UIN-001' }),
    ]);
  });

  it('go on at their stage with a whole budget when they are resumed, and the history says so', async () => {
    await put(databases.registrations, deadLetter);
    await resumeDeadLetter(ridOf(1), databases.registrations, NOW);
    expect(await databases.registrations.get<StoredRegistration>(ridOf(1))).toMatchObject({
      state: 'IN_FLOW',
      stage: 'uin',
      attempts: 0,
      history: [failed, { at: NOW.toISOString(), stage: 'uin', outcome: 'resume' }],
    });
    expect(await listDeadLetters(databases.registrations)).toEqual([]);
  });

  it('are not made of anything else', async () => {
    await put(databases.registrations, registrationOf(ridOf(1), { state: 'IN_FLOW', stage: 'uin' }));
    for (const rid of [ridOf(1), ridOf(2)]) {
      await expect(resumeDeadLetter(rid, databases.registrations, NOW)).rejects.toMatchObject({ code: 'ENR-OPS-001' });
    }
  });
});
