/** Holds every file of a backup against its manifest. Changes nothing. */
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { filesOf, takenAt } from './backup-manifest.ts';
import { hashFile } from './hashed-file.ts';

export interface BackupVerified {
  /** When it was begun. */
  readonly at: string;
  readonly files: number;
  readonly bytes: number;
}

/** @throws EnrouteError ENR-BAK-002 when it is no whole backup, ENR-BAK-003 with the first file that is damaged. */
export async function verifyBackup(folder: string): Promise<BackupVerified> {
  const at = await takenAt(folder);
  let files = 0;
  let total = 0;
  for await (const { path, bytes, sha256 } of filesOf(folder)) {
    const found = await hashFile(join(folder, path)).catch((cause: unknown) => {
      throw new EnrouteError('ENR-BAK-003', path, cause);
    });
    if (found.bytes !== bytes || found.sha256 !== sha256) throw new EnrouteError('ENR-BAK-003', path);
    files += 1;
    total += bytes;
  }
  return { at, files, bytes: total };
}
