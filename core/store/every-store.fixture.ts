/** For tests whose sentences hold on both stores: the embedded one always, CouchDB where COUCHDB_URL names one. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { describe } from 'vitest';
import { deleteCouchDatabases } from './couchdb/test-server.ts';
import { type OpenStoreOptions, openStore } from './open-store.ts';
import type { Store } from './store.ts';

const couchdbUrl = process.env.COUCHDB_URL;

export interface OpenedStore {
  readonly store: Store;
  /** How another process opens it, where it can. */
  readonly how: Omit<OpenStoreOptions, 'onFatal'>;
  dispose(): Promise<void>;
}

/** Runs the same sentences on both. @param open a store of its own, empty */
export function onEveryStore(name: string, sentences: (open: () => Promise<OpenedStore>) => void): void {
  describe(`${name}, on the embedded store`, () => sentences(() => openStoreFor(undefined)));
  const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';
  describe.skipIf(!couchdbUrl)(`${name}, on CouchDB${reason}`, () => sentences(() => openStoreFor(couchdbUrl)));
}

/** @param url the embedded store when undefined */
export async function openStoreFor(url: string | undefined): Promise<OpenedStore> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-store-'));
  const prefix = `test-${randomBytes(6).toString('hex')}-`;
  const how = { folder, couchdbUrl: url, couchdb: { prefix, q: 1, n: 1 } };
  const onFatal = (error: Error): void => {
    throw error;
  };
  const store = await openStore({ ...how, onFatal });
  return {
    store,
    how,
    dispose: async () => {
      await store.close();
      if (url !== undefined) await deleteCouchDatabases(url, prefix);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
