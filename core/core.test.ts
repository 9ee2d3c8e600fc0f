import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { packEnrolment } from '@enroute/shared/packet/contents.ts';
import { sealPacket } from '@enroute/shared/packet/seal.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Core, type CoreOptions, startCore } from './core.ts';
import { openCoreDatabases } from './databases.ts';
import { announce, newStation, NOW as TOKENS_AT } from './gateway/gateway.fixture.ts';
import { openCore } from './open-core.ts';
import { enrolmentOf, NOW, put, registrationOf, ridOf, STATION, silent } from './pipeline/pipeline.fixture.ts';
import { makeQuickKeys } from './quick-keys.fixture.ts';
import { openStore } from './store/open-store.ts';
import { sourceOfBytes } from './vault/packet-source.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(quickTmpdir(), 'enroute-core-'));
  await makeQuickKeys(folder, 'p');
});
afterEach(() => rm(folder, { recursive: true }));

const common = { passphrase: 'p', couchdbUrl: undefined, couchdbPrefix: '', log: silent };

const start = (change: Partial<CoreOptions> = {}): Promise<Core> =>
  startCore({
    folder,
    ...common,
    host: '127.0.0.1',
    port: 0,
    now: () => new Date(),
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

  test('judges by its master data: packets that it held before, and manifests as soon as it is set anew', async () => {
    const now = () => TOKENS_AT;
    const opened = await openCore({ ...common, folder, now }, 'create');
    const station = newStation(opened, STATION);
    await opened.register(station.card);
    await opened.setMaster({ approval: false, centers: [] });
    const rid = ridOf(1);
    const container = await packEnrolment({ rid, process: 'NEW', station: STATION, operator: 'op1' }, enrolmentOf(1));
    const reader = opened.card.sealingKey;
    const { bytes, digest } = sealPacket({ rid, process: 'NEW', sealedAt: NOW, reader, container });
    await opened.vault.publish(sourceOfBytes(bytes), digest);
    const packet = { digest, bytes: bytes.byteLength, keyId: reader.keyId };
    await put(opened.databases.registrations, registrationOf(rid, { packet }));
    await opened.close();

    const core = await start({ now });
    const refusal = { stage: 'cmd', outcome: 'reject', code: 'ENR-CMD-001' };
    await expect
      .poll(() => core.history(rid), { timeout: 20_000 })
      .toMatchObject(expect.arrayContaining([expect.objectContaining(refusal)]));
    expect((await announce(core, station, station.packet(2))).json).toMatchObject([{ ok: true }]);
    await core.setMaster({ approval: true });
    let sequence = 2;
    const answered = async (): Promise<unknown> => {
      sequence += 1;
      return (await announce(core, station, station.packet(sequence))).json;
    };
    await expect.poll(answered, { timeout: 30_000 }).toMatchObject([{ reason: 'ENR-MAN-006' }]);
    await core.stop();
  });
});
