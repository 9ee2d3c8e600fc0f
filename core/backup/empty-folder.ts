/** Whether a folder may be written into: what is there is somebody's, even when it looks like what we have left there. */
import { readdir } from 'node:fs/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';

/** A file system has it at its root from its first day on. */
const OF_THE_DISK = 'lost+found';

/** @throws EnrouteError ENR-BAK-001 when there is anything in it; the file system's error when it is not there. */
export async function requireEmpty(folder: string): Promise<void> {
  const found = (await readdir(folder)).filter((name) => name !== OF_THE_DISK);
  if (found.length > 0) throw new EnrouteError('ENR-BAK-001', `${folder}: ${found.slice(0, 3).join(', ')}`);
}
