/** The bundles that a command names: files, or folders in which some lie. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { BUNDLE_SUFFIX } from './bundle-file.ts';

/** @throws EnrouteError ENR-CRR-009 for a folder in which there is none. What is no bundle is told when it is opened. */
export async function bundlePaths(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(bundlesIn));
  return [...new Set(found.flat())];
}

async function bundlesIn(path: string): Promise<string[]> {
  const isFolder = await stat(path).then(
    (there) => there.isDirectory(),
    () => false,
  );
  if (!isFolder) return [path];
  const names = await readdir(path).catch((cause: unknown) => {
    throw new EnrouteError('ENR-CRR-009', 'folder', cause);
  });
  const bundles = names.filter((name) => name.endsWith(BUNDLE_SUFFIX)).sort();
  if (bundles.length === 0) throw new EnrouteError('ENR-CRR-009', 'no bundle in the folder');
  return bundles.map((name) => join(path, name));
}
