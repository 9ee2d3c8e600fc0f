/** What a core that is dead has left, looked at from outside: in its folder, or in the CouchDB that lives on. */
import { join } from 'node:path';
import type { StoredRegistration } from '@enroute/core/databases.ts';
import { openStore } from '@enroute/core/store/open-store.ts';
import { MAX_BATCH } from '@enroute/core/store/store.ts';
import { openDiskVault } from '@enroute/core/vault/disk-vault.ts';
import { openStoreVault } from '@enroute/core/vault/store-vault.ts';
import type { Vault } from '@enroute/core/vault/vault.ts';
import type { Manifest } from '@enroute/shared/schemas/manifest.ts';

export const INTAKE_PASSPHRASE = 'passphrase of the core';

/** Where a core keeps what it takes in. */
export interface IntakePlace {
  readonly folder: string;
  readonly vault: 'disk' | 'store';
  /** Of the databases in the CouchDB of COUCHDB_URL; the embedded store in the folder without it. */
  readonly couchdbPrefix: string | undefined;
}

export interface Left {
  /** Acknowledged packets that are not there, or not as they were sent, and what is wrong with each. */
  readonly lost: readonly string[];
  /** Digests of packets in the vault. */
  readonly held: ReadonlySet<string>;
}

/** @param acknowledged every packet that was ever said to be received */
export async function lookInto(place: IntakePlace, acknowledged: readonly Manifest[]): Promise<Left> {
  const { folder, couchdbPrefix } = place;
  const couchdbUrl = couchdbPrefix ? process.env.COUCHDB_URL : undefined;
  const store = await openStore({
    folder: join(folder, 'store'),
    ...(couchdbUrl && couchdbPrefix ? { couchdbUrl, couchdb: { prefix: couchdbPrefix } } : {}),
    onFatal: (error) => {
      throw error;
    },
  });
  try {
    const vault =
      place.vault === 'store' ? openStoreVault(await store.database('vault')) : openDiskVault(join(folder, 'vault'));
    const registrations = await store.database('registrations');
    const states = new Map<string, string>();
    for (let at = 0; at < acknowledged.length; at += MAX_BATCH) {
      const rids = acknowledged.slice(at, at + MAX_BATCH).map(({ rid }) => rid);
      for (const one of await registrations.getMany<StoredRegistration>(rids)) states.set(one._id, one.state);
    }
    const held = new Set<string>();
    for await (const page of vault.digests()) for (const digest of page) held.add(digest);
    const lost: string[] = [];
    for (const { rid, packet } of acknowledged) {
      const state = states.get(rid) ?? 'not there';
      if (state === 'ANNOUNCED' || state === 'not there') lost.push(`${rid}: its registration is ${state}`);
      else lost.push(...(await troubleWith(vault, packet.digest)).map((trouble) => `${rid}: ${trouble}`));
    }
    return { lost, held };
  } finally {
    await store.close();
  }
}

/** The vault verifies what it reads. */
async function troubleWith(vault: Vault, digest: string): Promise<string[]> {
  return vault.read(digest).then(
    () => [],
    (error: unknown) => [String(error)],
  );
}
