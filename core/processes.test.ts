/** Gateway and worker as processes of their own, on a CouchDB. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenCoreOptions, openCore } from './open-core.ts';
import { put, registrationOf, ridOf, silent } from './pipeline/pipeline.fixture.ts';
import { DEFAULT_WORKER } from './pipeline/start-worker.ts';
import { startGatewayProcess, startWorkerProcess } from './processes.ts';
import { makeQuickKeys } from './quick-keys.fixture.ts';
import { deleteCouchDatabases } from './store/couchdb/test-server.ts';

const couchdbUrl = process.env.COUCHDB_URL;
const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';

const WORKER = { ...DEFAULT_WORKER, leaseMs: 1_000, heartbeatMs: 100 };
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

  it('a gateway answers and a worker works, side by side; another worker takes over when that one stops', async () => {
    const core = await openCore(options, 'refuse');
    const { registrations } = core.databases;
    const parked = { reason: 'correction', until: '2026-01-01T00:00:00.000Z' } as const;
    const park = (sequence: number) =>
      put(registrations, registrationOf(ridOf(sequence), { state: 'PARKED', stage: 'ask-correction', parked }));
    const gateway = await startGatewayProcess({ ...options, ...GATEWAY });
    expect((await fetch(`${gateway.url}ready`)).status).toBe(200);

    await park(1);
    const quick = { ...WORKER, parkedCheckMs: 100 };
    const workers = [await startWorkerProcess({ ...options, worker: quick })];
    const heaps = async () => (await core.conservation()).heaps.parked;
    await expect.poll(heaps, { timeout: 10_000 }).toBe(0);
    workers.push(await startWorkerProcess({ ...options, worker: quick }));
    await workers[0]?.stop();
    await park(2);
    await expect.poll(heaps, { timeout: 10_000 }).toBe(0);

    await workers[1]?.stop();
    await gateway.stop();
    await expect(fetch(`${gateway.url}up`)).rejects.toThrow();
    await core.close();
  });
});
