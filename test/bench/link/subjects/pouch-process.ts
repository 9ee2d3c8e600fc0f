/**
 * A PouchDB at the station's end of the link that replicates its packets to a CouchDB. Arguments: a folder,
 * "attachments" or "chunks", and how many documents it sends in a batch.
 */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openPouch } from '@enroute/sync/disk/pouch.ts';
import httpAdapter from 'pouchdb-adapter-http';
import PouchDB from 'pouchdb-core';
import replication from 'pouchdb-replication';
import { PACKETS } from '../cases.ts';
import { addressOfTheOtherEnd, say } from '../peer.ts';
import { CHUNK_BYTES, DEADLINE_MS, nextWaitMs, packetBytes } from './baseline-habits.ts';

PouchDB.plugin(httpAdapter);
PouchDB.plugin(replication);

const [folder = '', shape = 'attachments', batchSize = '100'] = process.argv.slice(2);
const { fetch: pouchFetch } = PouchDB as unknown as { readonly fetch: typeof fetch };
const docsOfPacket = shape === 'chunks' ? chunksOf : attachmentOf;

const { db } = await openPouch(join(folder, 'local.sqlite'), {
  onFatal: (error) => {
    throw error;
  },
});
for (let index = 0; index < PACKETS; index += 1) await db.bulkDocs(docsOfPacket(index, packetBytes(index)));

const url = await addressOfTheOtherEnd();
const remote = new PouchDB(url.href, { skip_setup: true, fetch: shape === 'chunks' ? fetchCompressed : fetchAsIs });
db.replicate
  .to(remote, {
    live: true,
    retry: true,
    batch_size: Number(batchSize),
    back_off_function: nextWaitMs,
  })
  .on('paused', (error) => {
    if (error === undefined) say({ delivered: PACKETS });
  })
  .on('error', () => process.exit(1));

function attachmentOf(index: number, data: Buffer): { readonly _id: string }[] {
  const packet = { content_type: 'application/octet-stream', data };
  return [{ _id: `packet-${index}`, ...{ _attachments: { packet } } }];
}

function chunksOf(index: number, packet: Buffer): { readonly _id: string }[] {
  return Array.from({ length: Math.ceil(packet.byteLength / CHUNK_BYTES) }, (_, chunk) => {
    const bytes = packet.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
    return { _id: `packet-${index}-${String(chunk).padStart(4, '0')}`, ...{ bytes: bytes.toString('base64') } };
  });
}

/** PouchDB's own way to ask, which opens a connection for each request; only with a deadline, for it has none. */
function fetchAsIs(address: string, init: RequestInit): Promise<Response> {
  return pouchFetch(address, { ...init, signal: AbortSignal.timeout(DEADLINE_MS) });
}

/** Over connections that are kept, and compressed: about the best that replication can do. */
function fetchCompressed(address: string, init: RequestInit): Promise<Response> {
  const headers = new Headers([...(init.headers as Headers)]);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  if (typeof init.body !== 'string') return fetch(address, { ...init, headers, signal });
  headers.set('content-encoding', 'gzip');
  return fetch(address, { ...init, headers, signal, body: gzipSync(init.body) });
}
