/** PouchDB as a station's channel: replicates its manifests up and what there is down. Arguments: a folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestId, manifestSchema } from '@enroute/shared/schemas/manifest.ts';
import { openPouch } from '@enroute/sync/disk/pouch.ts';
import httpAdapter from 'pouchdb-adapter-http';
import PouchDB from 'pouchdb-core';
import replication from 'pouchdb-replication';
import { z } from 'zod';
import { addressOfTheOtherEnd, say } from '../peer.ts';
import { MANIFESTS_FILE } from '../subjects.ts';
import { countRequests } from './count-requests.ts';

PouchDB.plugin(httpAdapter);
PouchDB.plugin(replication);

const [folder = ''] = process.argv.slice(2);
const requests = countRequests();
const manifests = z.array(manifestSchema).parse(JSON.parse(await readFile(join(folder, MANIFESTS_FILE), 'utf8')));
const { db } = await openPouch(join(folder, 'local.sqlite'), {
  onFatal: (error) => {
    throw error;
  },
});
await db.bulkDocs(manifests.map((manifest) => ({ ...manifest, _id: manifestId(manifest.rid) })));

const url = await addressOfTheOtherEnd();
const remote = new PouchDB(url.href, { skip_setup: true });
await Promise.all([db.replicate.to(remote), db.replicate.from(remote)]);
say({ measured: { requests: requests() } });
say({ delivered: 1 });
