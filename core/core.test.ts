import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Core, type CoreOptions, startCore } from './core.ts';
import { openCoreDatabases } from './databases.ts';
import { put, registrationOf, ridOf, silent } from './pipeline/pipeline.fixture.ts';
import { openStore } from './store/open-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enroute-core-'));
});
afterEach(() => rm(folder, { recursive: true }));

const start = (change: Partial<CoreOptions> = {}): Promise<Core> =>
  startCore({
    folder,
    passphrase: 'p',
    couchdbUrl: undefined,
    couchdbPrefix: '',
    host: '127.0.0.1',
    port: 0,
    consoleToken: 'token',
    now: () => new Date(),
    log: silent,
    ...change,
  });

describe('the core', () => {
  test('starts, answers, stops, and starts again as the same core', async () => {
    const core = await start();
    expect((await fetch(core.url)).status).toBeGreaterThan(0);
    expect(await core.conservation()).toMatchObject({ packetsIn: 0, holds: true });
    await Promise.all([core.stop(), core.stop()]);
    await expect(fetch(core.url)).rejects.toThrow();
    const again = await start();
    expect(again.card).toEqual(core.card);
    await again.stop();
  });

  test('that can not start leaves nothing running behind, and can be started later', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise((resolve) => taken.close(resolve));
    const core = await start({ port });
    expect(core.url).toContain(String(port));
    await core.stop();
  });

  test('ends, when it starts, the waits that ran out while it was off', async () => {
    const store = await openStore({ folder: join(folder, 'store'), onFatal: () => undefined });
    const { registrations } = await openCoreDatabases(store);
    const parked = { reason: 'correction', until: '2026-01-01T00:00:00.000Z' } as const;
    await put(registrations, registrationOf(ridOf(1), { state: 'PARKED', stage: 'ask-correction', parked }));
    await store.close();
    const core = await start();
    await expect.poll(async () => (await core.conservation()).heaps.parked).toBe(0);
    await core.stop();
  });
});
