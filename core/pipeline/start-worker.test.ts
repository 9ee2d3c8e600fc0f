import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openCore } from '../open-core.ts';
import { makeQuickKeys } from '../quick-keys.fixture.ts';
import { openTerms } from './open-terms.ts';
import { silent } from './pipeline.fixture.ts';
import { DEFAULT_WORKER, startWorker } from './start-worker.ts';

const TWO_DAYS_MS = 48 * 60 * 60_000;

it('The worker clears away sign-in links that nobody has used in their time', async () => {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-worker-'));
  let time = Date.parse('2026-03-01T10:00:00.000Z');
  const now = () => new Date(time);
  const common = { passphrase: 'p', couchdbUrl: undefined, couchdbPrefix: '', log: silent, now };
  await makeQuickKeys(folder, 'p');
  const core = await openCore({ ...common, folder }, 'refuse');
  const terms = await openTerms(core, silent);
  const stop = await startWorker({ core, terms, now, log: silent }, { ...DEFAULT_WORKER, peopleCheckMs: 10 });
  onTestFinished(async () => {
    await stop();
    await terms.stop();
    await core.close();
    await rm(folder, { recursive: true, force: true });
  });
  await core.people.administration.create('amina', { roles: ['auditor'], centers: 'all' });
  const links = () => core.databases.people.range({ start: 'link:', end: 'link;', limit: 2 });
  expect(await links()).toHaveLength(1);
  time += TWO_DAYS_MS;
  await vi.waitFor(async () => expect(await links()).toEqual([]));
});
