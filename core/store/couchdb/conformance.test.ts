import { randomBytes } from 'node:crypto';
import { describe } from 'vitest';
import { type Place, storesIn } from '../conformance/harness.ts';
import { storeConformance } from '../store.conformance.ts';
import { deleteCouchDatabases } from './test-server.ts';

const couchdbUrl = process.env.COUCHDB_URL ?? '';
/** For a run on a cluster: copies of each shard. Every one is written before an answer, or a test would read too early. */
const copies = process.env.COUCHDB_COPIES;

async function serverPlace(): Promise<Place> {
  const prefix = `test-${randomBytes(6).toString('hex')}-`;
  const couchdb = { prefix, ...(copies ? { n: Number(copies), w: Number(copies) } : {}) };
  return { options: { folder: '', couchdbUrl, couchdb }, dispose: () => deleteCouchDatabases(couchdbUrl, prefix) };
}

const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';
describe.skipIf(!couchdbUrl)(`the CouchDB store${reason}`, () => storeConformance(storesIn(serverPlace)));
