/** A core whose key file opens at once: none of these tests is about how long it takes to guess a passphrase. */
import { join } from 'node:path';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { openCoreKeys } from './keys.ts';

/** Makes the keys of a core in this folder, before it is opened for the first time. */
export async function makeQuickKeys(folder: string, passphrase: string): Promise<void> {
  await openCoreKeys(join(folder, 'core-keys.json'), passphrase, QUICK_COST);
}
