/** What a stick that was pulled out, or a crash, has left of files in the making. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PARTIAL_SUFFIX } from '../disk/durable-file.ts';
import { isBundleName } from './bundle-file.ts';

/** A younger one may still be growing. */
const STALE_AFTER_MS = 24 * 60 * 60 * 1000;

/** Only files that bear a name of ours. One that can not be removed is in nobody's way. */
export async function sweepPartials(folder: string, now: Date): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(isPartialName)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    const isStale = found?.isFile() && found.mtimeMs < now.getTime() - STALE_AFTER_MS;
    if (isStale) await rm(path, { force: true }).catch(() => undefined);
  }
}

function isPartialName(name: string): boolean {
  return name.endsWith(PARTIAL_SUFFIX) && isBundleName(name.slice(0, -PARTIAL_SUFFIX.length));
}
