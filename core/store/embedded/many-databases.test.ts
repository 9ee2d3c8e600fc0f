import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database, Store } from '../store.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

const DATABASES = 30;
const MOST_OPEN = 4;

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(quickTmpdir(), 'enroute-many-'));
  const onFatal = (error: Error): void => {
    throw error;
  };
  store = await openEmbeddedStore({ folder, onFatal, mostOpen: MOST_OPEN });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** Files of the folder that this process has open. */
async function openFiles(): Promise<number> {
  const fds = await readdir('/proc/self/fd');
  const targets = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(folder)).length;
}

const putOne = async (db: Database, _id: string): Promise<void> => {
  expect(await db.write([{ _id }])).toMatchObject([{ ok: true }]);
};

// Only Linux says which files a process has open.
describe.skipIf(process.platform !== 'linux')('many databases', () => {
  test('do not keep their files open, and neither handles nor polls notice', { timeout: 60_000 }, async () => {
    const first = await store.database('channel-0');
    const poll = first.changes({ since: undefined, limit: 10, waitMs: 60_000 });
    const told: string[] = [];
    await store.watch('channel-', (name) => told.push(name));
    const handles: Database[] = [];
    let most = 0;
    for (let i = 1; i < DATABASES; i += 1) {
      const db = await store.database(`channel-${i}`);
      await putOne(db, 'a');
      handles.push(db);
      if (i % 10 === 0) most = Math.max(most, await openFiles());
    }
    // The file, its log and their index, for each of the two connections; and the folder's lock.
    expect(most).toBeLessThanOrEqual(MOST_OPEN * 6 + 1);
    expect(told).toHaveLength(DATABASES - 1);

    // All at once, though most are closed by now.
    const looks: Promise<number>[] = [];
    const page = await Promise.all(
      handles.map(async (db) => {
        const doc = await db.get('a');
        looks.push(openFiles());
        return doc;
      }),
    );
    expect(page.every((doc) => doc?._id === 'a')).toBe(true);
    expect(Math.max(...(await Promise.all(looks)))).toBeLessThanOrEqual(MOST_OPEN * 6 + 1);
    await putOne(first, 'b');
    expect((await poll).changes.map(({ id }) => id)).toEqual(['b']);
    expect(await openFiles()).toBeLessThanOrEqual(MOST_OPEN * 6 + 1);
  });
});
