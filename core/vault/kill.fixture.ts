/** The same vault for a process that is killed and for the one that looks at what it has left. */
import { join } from 'node:path';
import { openStore } from '../store/open-store.ts';
import { openDiskVault } from './disk-vault.ts';
import { openStoreVault } from './store-vault.ts';
import type { Vault } from './vault.ts';

export async function openTestVault(
  kind: string,
  folder: string,
): Promise<{ readonly vault: Vault; close(): Promise<void> }> {
  if (kind === 'disk') return { vault: openDiskVault(join(folder, 'vault')), close: async () => undefined };
  const onFatal = (error: Error): void => {
    throw error;
  };
  const store = await openStore({ folder: join(folder, 'store'), onFatal });
  return { vault: openStoreVault(await store.database('vault')), close: () => store.close() };
}
