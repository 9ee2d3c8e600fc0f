import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type HistoryEntry, registrationSchema, withHistory } from '@enroute/shared/registration/registration.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import { openStore } from '../../store/open-store.ts';
import { type Database, type Doc, type Store, StoreError } from '../../store/store.ts';
import { registrationOf, ridOf } from '../pipeline.fixture.ts';
import { type Histories, openHistories } from './histories.ts';

let folder: string;
let store: Store;
let database: Database;
let histories: Histories;
beforeEach(async () => {
  folder = await mkdtemp(join(quickTmpdir(), 'enroute-histories-'));
  store = await openStore({ folder, onFatal: () => undefined });
  database = await store.database('histories');
  histories = openHistories(database);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const AT = '2026-03-01T08:00:00.000Z';
const entry = (number: number): HistoryEntry => ({ at: AT, stage: `s${number}`, outcome: 'next' });
const entries = (count: number): HistoryEntry[] => Array.from({ length: count }, (_, number) => entry(number));

function grown(registration: StoredRegistration, from: number, count: number): StoredRegistration {
  const added = Array.from({ length: count }, (_, index) => entry(from + index));
  return { ...registration, history: added.reduce(withHistory, registration.history) };
}

const fresh: StoredRegistration = { ...registrationOf(ridOf(1)), _rev: '1-a' };

async function saved(registration: StoredRegistration): Promise<StoredRegistration> {
  const [kept] = await histories.keep([registration]);
  if (!kept) throw new Error('nothing was kept');
  return kept;
}

describe('the whole history', () => {
  it('is kept in order over any number of saves, and what the registration holds stays bounded', async () => {
    let registration = fresh;
    let count = 0;
    for (const step of [1, 40, 3, 63, 63, 1, 1, 60, 17, 50]) {
      registration = await saved(grown(registration, count, step));
      count += step;
      expect(registrationSchema.parse(registration).history.length).toBeLessThan(96);
      expect(await histories.of(registration)).toEqual(entries(count));
    }
    expect(registration.archivedPages).toBeGreaterThan(5);
  });

  it('loses and doubles nothing when it ends between a page and the save, and others go on from there', async () => {
    const before = await saved(grown(fresh, 0, 60));
    // The page is written; the registration is not.
    const lost = await saved(grown(before, 900, 50));
    expect(lost.archivedPages).toBe(1);
    expect(await histories.of(before)).toEqual(entries(60));
    const after = await saved(grown(before, 60, 63));
    expect(await histories.of(after)).toEqual(entries(123));
  });

  it('is not written for what has room', async () => {
    const few = grown(fresh, 0, 95);
    expect(await histories.keep([few, fresh])).toEqual([few, fresh]);
    expect(await database.range<Doc>({ start: '0', end: ':', limit: 10 })).toEqual([]);
  });

  it('is not shown with a hole in it', async () => {
    await expect(histories.of({ ...fresh, archivedPages: 1 })).rejects.toThrow(StoreError);
  });
});
