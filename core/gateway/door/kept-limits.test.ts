import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faulty, silent as log } from '../../pipeline/pipeline.fixture.ts';
import { openStore } from '../../store/open-store.ts';
import type { Database, Doc, Store } from '../../store/store.ts';
import { gatewayName } from '../gateway-name.ts';
import { keepLimits } from './kept-limits.ts';
import { openRateLimits } from './rate-limits.ts';

let folder: string;
let store: Store;
let database: Database;
beforeEach(async () => {
  folder = await mkdtemp(join(quickTmpdir(), 'enroute-limits-'));
  store = await openStore({ folder: join(folder, 'store'), onFatal: () => undefined });
  database = await store.database('limits');
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const ids = async (): Promise<string[]> =>
  (await database.range<Doc>({ start: 'gateway:', end: 'gateway;', limit: 10 })).map(({ _id }) => _id);

const keptBy = (name: string, expiresAt: number): Doc =>
  ({ _id: `gateway:${name}`, spent: { 'people.own': [{ key: 'amina', value: 1, expiresAt }] } }) as Doc;

describe('what is spent of the rate limits', () => {
  it('is kept under a name that a gateway keeps over its restarts', async () => {
    const name = await gatewayName(folder);
    expect(name).toMatch(/^[0-9a-f]{16}$/);
    expect(await gatewayName(folder)).toBe(name);
  });

  it('by a gateway that is gone is removed by the next start of any, when nothing of it counts any more', async () => {
    const now = Date.now();
    await database.write([keptBy('gone', now - 1), keptBy('there', now + 60_000), keptBy('own', now - 1)]);
    await (await keepLimits({ limits: openRateLimits(), database, name: 'own', log }))();
    // Its own is written once more at the end.
    expect(await ids()).toEqual(['gateway:own', 'gateway:there']);
  });

  it('is kept at the next try when somebody else has written it at the same moment', async () => {
    const limits = openRateLimits();
    let meddling = 1;
    const meddled = faulty(database, {});
    const shared: Database = {
      ...meddled,
      get: async (id) => {
        const found = await database.get(id);
        if (limits.spent(1)['anyone.address']?.length && meddling-- > 0) await database.write([keptBy('own', 0)]);
        return found as never;
      },
    };
    const stop = await keepLimits({ limits, database: shared, name: 'own', log, everyMs: 10 });
    await limits.ask('anyone', '192.0.2.1');
    const kept = async (): Promise<unknown> => (await database.get<Doc & { spent?: object }>('gateway:own'))?.spent;
    await expect.poll(kept).toHaveProperty(['anyone.address', 0, 'value'], 1);
    await stop();
  });
});
