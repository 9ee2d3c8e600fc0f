import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder by its real name, for whoever removes it. */
export function keptFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'enroute-durability-')));
}

/** A folder that goes away with the test. */
export function freshFolder(): string {
  const folder = keptFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
