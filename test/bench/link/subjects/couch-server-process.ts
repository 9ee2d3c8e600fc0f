/**
 * What is replicated to, at the core's end of the link: the CouchDB that COUCHDB_URL names, or what stands in for one.
 * Arguments: a folder, and what is replicated: "attachments", "chunks" or "control".
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { couchFetch } from '@enroute/core/store/couchdb/test-server.ts';
import { openPouch } from '@enroute/sync/disk/pouch.ts';
import { PACKET_BYTES, PACKETS } from '../cases.ts';
import { createCouchServer } from '../couch-server.ts';
import { say } from '../peer.ts';
import { CHUNK_BYTES } from './baseline-habits.ts';

const [folder = '', shape] = process.argv.slice(2);
const { COUCHDB_URL } = process.env;

if (COUCHDB_URL) await useCouch(COUCHDB_URL);
else await standIn();

async function useCouch(couchdbUrl: string): Promise<void> {
  const name = `enroute-bench-${process.pid}`;
  await couchFetch(couchdbUrl, name, { method: 'PUT' });
  process.once('SIGTERM', () => {
    couchFetch(couchdbUrl, name, { method: 'DELETE' }).finally(() => process.exit());
  });
  say({ url: new URL(name, couchdbUrl).href });
}

async function standIn(): Promise<void> {
  const { db } = await openPouch(join(folder, 'remote.sqlite'), {
    onFatal: (error) => {
      throw error;
    },
  });
  if (shape === 'control') {
    await db.bulkDocs([{ _id: 'receipt', kind: 'RECEIVED', signature: 'x'.repeat(400) }]);
    const isUnknown = (doc: object): boolean => 'operator' in doc && doc.operator === 'unknown';
    listen(createCouchServer({ db, name: 'bench', refuses: isUnknown, onWritten: () => undefined }));
    return;
  }
  const docsPerPacket = shape === 'chunks' ? Math.ceil(PACKET_BYTES / CHUNK_BYTES) : 1;
  const countDelivered = async (): Promise<void> => {
    const { rows } = await db.allDocs();
    const complete = Array.from({ length: PACKETS }, (_, index) => {
      return rows.filter(({ id }) => id.startsWith(`packet-${index}`)).length === docsPerPacket;
    });
    say({ delivered: complete.filter(Boolean).length });
  };
  listen(createCouchServer({ db, name: 'bench', onWritten: () => void countDelivered() }));
}

function listen(server: Server): void {
  server.listen(0, '127.0.0.1', () => say({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/bench` }));
}
