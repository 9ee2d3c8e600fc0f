/** What a power cut has left of an embedded store and of two vaults, beside what they had acknowledged. */
import { join } from 'node:path';
import { openStore } from '@enroute/core/store/open-store.ts';
import { MAX_BATCH, type Store } from '@enroute/core/store/store.ts';
import { openDiskVault } from '@enroute/core/vault/disk-vault.ts';
import { openStoreVault } from '@enroute/core/vault/store-vault.ts';
import { isSound, type Vault } from '@enroute/core/vault/vault.ts';

export const KEPT_DATABASES = ['registrations', 'stations', 'audit'] as const;
/** The document of each database that is written over again and again. */
export const TALLY = 'tally';

export interface Kept {
  /** Acknowledged and not there, or older than what was acknowledged. */
  readonly lost: readonly string[];
  /** In a vault and not whole. */
  readonly half: readonly string[];
}

const WROTE = /^wrote (\S+) (\S+) (\d+)-\S+$/;
const PUBLISHED = /^published (disk|store) ([0-9a-f]{64})$/;

/**
 * @param said every line that the process has ever printed
 * @throws StoreError when a database can't be opened or read any more
 */
export async function keptIn(folder: string, said: readonly string[]): Promise<Kept> {
  const onFatal = (error: Error): void => {
    throw error;
  };
  const store = await openStore({ folder: join(folder, 'store'), onFatal });
  try {
    const lost = await lostDocuments(store, said);
    const half: string[] = [];
    const vaults = { disk: openDiskVault(join(folder, 'vault')), store: openStoreVault(await store.database('vault')) };
    for (const [name, vault] of Object.entries(vaults)) {
      const there = await digestsIn(vault);
      for (const digest of there) if (!(await isSound(vault, digest))) half.push(`${name} ${digest}`);
      for (const line of said) {
        const [, where, digest = ''] = PUBLISHED.exec(line) ?? [];
        if (where === name && !there.has(digest)) lost.push(line);
      }
    }
    return { lost, half };
  } finally {
    await store.close();
  }
}

async function digestsIn(vault: Vault): Promise<Set<string>> {
  const digests = new Set<string>();
  for await (const page of vault.digests()) for (const digest of page) digests.add(digest);
  return digests;
}

async function lostDocuments(store: Store, said: readonly string[]): Promise<string[]> {
  const lost: string[] = [];
  for (const name of KEPT_DATABASES) {
    const database = await store.database(name);
    const written = new Map<string, number>();
    for (const line of said) {
      const [, where, id = '', generation] = WROTE.exec(line) ?? [];
      if (where === name) written.set(id, Math.max(Number(generation), written.get(id) ?? 0));
    }
    const ids = [...written.keys()];
    for (let at = 0; at < ids.length; at += MAX_BATCH) {
      const found = await database.getMany(ids.slice(at, at + MAX_BATCH));
      for (const { _id, _rev } of found) {
        if (Number.parseInt(_rev, 10) >= (written.get(_id) ?? 0)) written.delete(_id);
      }
    }
    for (const [id, generation] of written) lost.push(`wrote ${name} ${id} ${generation}`);
  }
  return lost;
}
