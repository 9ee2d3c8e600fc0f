/**
 * Makes a core of a backup again, under a new epoch. It grows beside its place and is moved there when all is done, so
 * what a crash leaves is never a core that stations would take for the one that they spoke to last.
 */
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { readKeyFile } from '@enroute/sync/disk/key-file.ts';
import { type OpenCoreOptions, openCore } from '../open-core.ts';
import { filesOf } from './backup-manifest.ts';
import { copyHashed } from './hashed-file.ts';
import { type BackupVerified, verifyBackup } from './verify-backup.ts';

const GROWING = '.restoring';

/**
 * @param options of the core to be made; its folder must be empty or not there yet
 * @throws EnrouteError ENR-BAK-001 when the folder is not empty, ENR-BAK-002 and -003 as `verifyBackup` does, ENR-BAK-004
 *   for a core on a CouchDB, ENR-STN-005 on a wrong passphrase, ENR-OPS-007 when the clock is behind. Nothing is there
 *   then that was not there before.
 */
export async function restoreBackup(from: string, options: OpenCoreOptions): Promise<BackupVerified> {
  const { folder, passphrase } = options;
  if (options.couchdbUrl) throw new EnrouteError('ENR-BAK-004');
  const present = await readdir(folder).catch(() => []);
  if (present.length > 0) throw new EnrouteError('ENR-BAK-001', folder);
  const verified = await verifyBackup(from);
  await readKeyFile(join(from, 'core-keys.json'), passphrase);
  const growing = `${folder}${GROWING}`;
  await rm(growing, { recursive: true, force: true });
  try {
    for await (const { path, sha256 } of filesOf(from)) {
      const to = join(growing, path);
      await mkdir(dirname(to), { recursive: true, mode: 0o700 });
      if ((await copyHashed(join(from, path), to)).sha256 !== sha256) throw new EnrouteError('ENR-BAK-003', path);
    }
    const core = await openCore({ ...options, folder: growing }, 'refuse');
    try {
      await core.newEpoch();
    } finally {
      await core.close();
    }
    await rmdir(folder).catch(() => undefined);
    await rename(growing, folder);
  } catch (error) {
    await rm(growing, { recursive: true, force: true });
    throw error;
  }
  return verified;
}
