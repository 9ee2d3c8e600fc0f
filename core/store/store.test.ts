import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { type Harness, onFatal, type Place } from './conformance/harness.ts';
import { deleteCouchDatabases } from './couchdb/test-server.ts';
import { openStore } from './open-store.ts';
import { storeConformance } from './store.conformance.ts';

/** A store that is opened in its place at once, and goes with it. */
const opening =
  (place: Harness['place']): Harness['open'] =>
  async () => {
    const { options, dispose } = await place();
    const store = await openStore({ ...options, onFatal });
    return {
      store,
      dispose: async () => {
        await store.close();
        await dispose();
      },
    };
  };

async function folderPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-store-'));
  return { options: { folder }, dispose: () => rm(folder, { recursive: true }) };
}

const couchdbUrl = process.env.COUCHDB_URL ?? '';
/** For a run on a cluster: copies of each shard. Every one is written before an answer, or a test would read too early. */
const copies = process.env.COUCHDB_COPIES;

async function serverPlace(): Promise<Place> {
  const prefix = `test-${randomBytes(6).toString('hex')}-`;
  const couchdb = { prefix, ...(copies ? { n: Number(copies), w: Number(copies) } : {}) };
  return { options: { folder: '', couchdbUrl, couchdb }, dispose: () => deleteCouchDatabases(couchdbUrl, prefix) };
}

const embedded: Harness = { open: opening(folderPlace), place: folderPlace };
const couchdb: Harness = { open: opening(serverPlace), place: serverPlace };

describe('the embedded store', () => storeConformance(embedded));

const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';
describe.skipIf(!couchdbUrl)(`the CouchDB store${reason}`, () => storeConformance(couchdb));
