/**
 * Makes a core of a backup again, under a new epoch. It grows inside its folder, in one of its own, and is moved up when
 * all is done, its key file last: without that a folder is no core, so what a crash leaves is never one that stations
 * would take for the one that they spoke to last. Inside, because the folder may be the root of a disk, which can not be
 * given another's place.
 */
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { syncFolder } from '@enroute/sync/disk/durable-file.ts';
import { readKeyFile } from '@enroute/sync/disk/key-file.ts';
import { audited } from '../audit/audited.ts';
import { type OpenCoreOptions, openCore } from '../open-core.ts';
import { filesOf } from './backup-manifest.ts';
import { requireEmpty } from './empty-folder.ts';
import { copyHashed } from './hashed-file.ts';
import { type BackupVerified, verifyBackup } from './verify-backup.ts';

const GROWING = '.restoring';
const KEYS = 'core-keys.json';

/**
 * @param options of the core to be made; its folder must be empty or not there yet. `by`: who does it, for its audit
 * @throws EnrouteError ENR-BAK-001 when there is anything in the folder, be it what a restore that was killed has left;
 *   ENR-BAK-002 and -003 as `verifyBackup` does, ENR-BAK-004 for a core on a CouchDB, ENR-STN-005 on a wrong passphrase,
 *   ENR-OPS-007 when the clock is behind. Nothing is there then that was not there before.
 */
export async function restoreBackup(
  from: string,
  options: OpenCoreOptions & { readonly by?: string },
): Promise<BackupVerified> {
  if (options.couchdbUrl) throw new EnrouteError('ENR-BAK-004');
  const folder = resolve(options.folder);
  const verified = await verifyBackup(from);
  await readKeyFile(join(from, KEYS), options.passphrase);
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  await requireEmpty(folder);
  const growing = join(folder, GROWING);
  try {
    await copyAll(from, growing);
    const core = await openCore({ ...options, folder: growing }, 'refuse');
    try {
      await audited(core.audit, { by: options.by ?? 'core', act: 'core.restore' }, () => core.newEpoch());
    } finally {
      await core.close();
    }
    await moveUp(growing, folder);
  } catch (error) {
    await rm(growing, { recursive: true, force: true });
    if (made !== undefined) await removeEmpty(folder, made);
    throw error;
  }
  return verified;
}

/** The folders that were made, unless somebody has put something into them meanwhile. */
async function removeEmpty(folder: string, made: string): Promise<void> {
  try {
    for (let at = folder; at.length >= made.length; at = dirname(at)) await rmdir(at);
  } catch {
    // Whatever the trouble is, that of the restore is the one to tell of.
  }
}

/** Durably, names included. */
async function copyAll(from: string, to: string): Promise<void> {
  const folders = new Set([to]);
  for await (const { path, sha256 } of filesOf(from)) {
    const target = join(to, path);
    const folder = dirname(target);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await copyHashed(join(from, path), target)).sha256 !== sha256) throw new EnrouteError('ENR-BAK-003', path);
    for (let at = folder; at !== to; at = dirname(at)) folders.add(at);
  }
  for (const folder of folders) await syncFolder(folder);
}

async function moveUp(growing: string, folder: string): Promise<void> {
  const names = (await readdir(growing)).filter((name) => name !== KEYS);
  for (const name of names) await rename(join(growing, name), join(folder, name));
  await syncFolder(folder);
  await rename(join(growing, KEYS), join(folder, KEYS));
  await rmdir(growing);
  await syncFolder(folder);
  await syncFolder(dirname(folder));
}
