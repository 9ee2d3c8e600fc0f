/** Gateway and worker as processes of their own, on a CouchDB. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenCoreOptions, openCore } from './open-core.ts';
import { put, registrationOf, ridOf, silent } from './pipeline/pipeline.fixture.ts';
import { DEFAULT_WORKER } from './pipeline/start-worker.ts';
import { openTimers } from './pipeline/timers/open-timers.ts';
import { startGatewayProcess, startWorkerProcess } from './processes.ts';
import { makeQuickKeys } from './quick-keys.fixture.ts';
import { deleteCouchDatabases } from './store/couchdb/test-server.ts';

const couchdbUrl = process.env.COUCHDB_URL;
const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';

const WORKER = { ...DEFAULT_WORKER, leaseMs: 1_000, heartbeatMs: 100 };
const WAITING = { state: 'PARKED', stage: 'ask-correction' } as const;
const GATEWAY = { host: '127.0.0.1', port: 0, gateway: {} };

let options: OpenCoreOptions;
beforeEach(async () => {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-processes-'));
  const couchdbPrefix = `processes-${randomBytes(4).toString('hex')}-`;
  options = { folder, passphrase: 'p', couchdbUrl, couchdbPrefix, vault: 'store', now: () => new Date(), log: silent };
});
afterEach(() => rm(options.folder, { recursive: true }));

describe('a gateway or worker alone', () => {
  it('makes no core where there is none, and leaves nothing open', async () => {
    await expect(startGatewayProcess({ ...options, ...GATEWAY })).rejects.toMatchObject({ code: 'ENR-OPS-002' });
    await expect(startWorkerProcess({ ...options, worker: WORKER })).rejects.toMatchObject({ code: 'ENR-OPS-002' });
  });
});

describe.skipIf(!couchdbUrl)(`on a CouchDB${reason}`, () => {
  beforeEach(() => makeQuickKeys(options.folder, 'p'));
  afterEach(() => deleteCouchDatabases(couchdbUrl ?? '', options.couchdbPrefix));

  it('a gateway answers and workers work, side by side; those that stay have all lanes when one stops', async () => {
    const core = await openCore(options, 'refuse');
    const { registrations } = core.databases;
    const parked = { reason: 'correction', until: '2026-01-01T00:00:00.000Z' } as const;
    const park = async (sequences: readonly number[]): Promise<void> => {
      const all = sequences.map((sequence) => registrationOf(ridOf(sequence), { ...WAITING, parked }));
      await openTimers(core.databases.timers).set(all.map(({ _id: rid, lane }) => ({ rid, lane, at: parked.until })));
      for (const registration of all) await put(registrations, registration);
    };
    const gateway = await startGatewayProcess({ ...options, ...GATEWAY });
    expect((await fetch(`${gateway.url}ready`)).status).toBe(200);

    const workers = [
      await startWorkerProcess({ ...options, worker: WORKER }),
      await startWorkerProcess({ ...options, worker: WORKER }),
    ];
    await park([1, 2, 3, 4]);
    const heaps = async () => (await core.conservation()).heaps.parked;
    await expect.poll(heaps, { timeout: 10_000 }).toBe(0);
    await workers[0]?.stop();
    await park([5, 6, 7, 8]);
    await expect.poll(heaps, { timeout: 10_000 }).toBe(0);

    await workers[1]?.stop();
    await gateway.stop();
    await expect(fetch(`${gateway.url}up`)).rejects.toThrow();
    await core.close();
  });

  it('a worker is refused whose stages another runs in part, or that nobody knows', async () => {
    const worker = await startWorkerProcess({ ...options, worker: WORKER });
    const other = (stages: string) => startWorkerProcess({ ...options, worker: { ...WORKER, stages } });
    await expect(other('quality')).rejects.toMatchObject({ code: 'ENR-LAN-001' });
    await expect(other('nonsense')).rejects.toMatchObject({ code: 'ENR-LAN-002' });
    await worker.stop();
    const half = await other('quality');
    await (await other('!quality')).stop();
    await half.stop();
  });
});
