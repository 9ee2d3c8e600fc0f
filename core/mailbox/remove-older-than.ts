import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of a folder that nobody has written to since then. One that goes meanwhile is as good. */
export async function removeOlderThan(folder: string, before: Date): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() && found.mtime < before) await rm(path, { force: true });
  }
}
