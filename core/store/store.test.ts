import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import type { Harness } from './conformance/harness.ts';
import { deleteCouchDatabases } from './couchdb/test-server.ts';
import { openStore } from './open-store.ts';
import { storeConformance } from './store.conformance.ts';

const onFatal = (error: Error): void => {
  throw error;
};

const embedded: Harness = {
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'enroute-store-'));
    const store = await openStore({ folder, onFatal });
    const dispose = async (): Promise<void> => {
      await store.close();
      await rm(folder, { recursive: true });
    };
    return { store, dispose };
  },
};

const couchdbUrl = process.env.COUCHDB_URL;

const couchdb: Harness = {
  async open() {
    const prefix = `test-${randomBytes(6).toString('hex')}-`;
    const store = await openStore({ folder: '', onFatal, couchdbUrl, couchdb: { prefix, q: 2, n: 1 } });
    const dispose = async (): Promise<void> => {
      await store.close();
      await deleteCouchDatabases(couchdbUrl ?? '', prefix);
    };
    return { store, dispose };
  },
};

describe('the embedded store', () => storeConformance(embedded));

const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';
describe.skipIf(!couchdbUrl)(`the CouchDB store${reason}`, () => storeConformance(couchdb));
