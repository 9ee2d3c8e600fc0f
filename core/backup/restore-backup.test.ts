import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type OpenedCore, openCore } from '../open-core.ts';
import { silent } from '../pipeline/pipeline.fixture.ts';
import { makeQuickKeys } from '../quick-keys.fixture.ts';
import { restoreBackup } from './restore-backup.ts';
import { takeBackup } from './take-backup.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');
const STATION = '1000110001';

let base: string;
let backup: string;
let old: { session: string; link: string };
const coreIn = (folder: string, passphrase = 'p') => {
  const now = (): Date => NOW;
  const gatewayUrl = (): string => 'https://gateway.example/';
  return { folder, passphrase, couchdbUrl: undefined, couchdbPrefix: '', gatewayUrl, now, log: silent };
};

/** A core in which somebody is signed in, and a link and an invitation are open. */
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'enroute-restore-'));
  backup = join(base, 'backup');
  const folder = join(base, 'core');
  await makeQuickKeys(folder, 'p');
  const core = await openCore(coreIn(folder), 'refuse');
  const given = { roles: ['auditor'], centers: 'all' } as const;
  const { link } = await core.people.administration.create('amina', given, 24);
  const { cookie } = await core.people.signInByLink(link);
  const salim = await core.people.administration.create('salim', given, 24);
  await core.stationAdministration.invite(STATION, 'amina');
  await core.stations.noteSeen(STATION);
  await core.close();
  await takeBackup(folder, backup, NOW);
  old = { session: /=([^;]+)/.exec(cookie)?.[1] ?? '', link: salim.link };
});
afterAll(() => rm(base, { recursive: true }));

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(base, 'restored-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function opened(folder: string): Promise<OpenedCore> {
  const core = await openCore(coreIn(folder), 'refuse');
  onTestFinished(() => core.close());
  return core;
}

async function bringsNothingBackToLife(core: OpenedCore): Promise<void> {
  expect(await core.people.actorOfSession(old.session)).toBeUndefined();
  await expect(core.people.signInByLink(old.link)).rejects.toMatchObject({ code: 'ENR-PPL-006' });
  expect((await core.stations.entry(STATION))?.invitation).toBeUndefined();
  expect(await core.people.administration.list()).toHaveLength(2);
}

describe('a restore', () => {
  it('makes a core of it and nothing else, and does not stumble over a slash behind the folder', async () => {
    const folder = await freshFolder();
    expect(await restoreBackup(backup, coreIn(`${folder}/`))).toMatchObject({ at: NOW.toISOString() });
    expect((await readdir(folder)).sort()).toEqual(['core-keys.json', 'store']);
    expect((await stat(join(folder, 'core-keys.json'))).mode & 0o777).toBe(0o600);
    await bringsNothingBackToLife(await opened(folder));
  });

  it('leaves the folder itself where it is, for it may be the root of a disk', async (context) => {
    const folder = await freshFolder();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      context.skip('this user may not mount a disk');
    }
    onTestFinished(() => void execFileSync('umount', [folder]));
    await mkdir(join(folder, 'lost+found'));
    await restoreBackup(backup, coreIn(folder));
    expect(await readdir(folder)).toContain('core-keys.json');
  });

  it('is refused, with nothing touched, where anything is: be it what a killed one has left', async () => {
    const folder = await freshFolder();
    await mkdir(join(folder, '.restoring'));
    await writeFile(join(folder, '.restoring', 'notes'), 'mine');
    const restoring = restoreBackup(backup, coreIn(folder));
    await expect(restoring).rejects.toMatchObject({
      code: 'ENR-BAK-001',
      detail: expect.stringContaining('.restoring'),
    });
    expect(await readdir(join(folder, '.restoring'))).toEqual(['notes']);
  });

  it('is refused on a CouchDB, with a wrong passphrase, or by a clock that is behind; nothing is left of it', async () => {
    const folder = join(await freshFolder(), 'deeper', 'core');
    const behind = { ...coreIn(folder), now: () => new Date(NOW.getTime() - 60_000) };
    for (const [options, code] of [
      [{ ...coreIn(folder), couchdbUrl: 'http://127.0.0.1:1/' }, 'ENR-BAK-004'],
      [coreIn(folder, 'wrong'), 'ENR-STN-005'],
      [behind, 'ENR-OPS-007'],
    ] as const) {
      await expect(restoreBackup(backup, options)).rejects.toMatchObject({ code });
      await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
    }
  });
});
