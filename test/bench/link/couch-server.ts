/** As much of CouchDB's HTTP API as PouchDB needs to replicate with it, over an embedded PouchDB. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';

export interface CouchServerOptions {
  readonly db: PouchDB.Database;
  /** The path's first part, e.g. "bench". */
  readonly name: string;
  /** Documents that are not taken. */
  readonly refuses?: (doc: object) => boolean;
  /** Told after documents were written. */
  readonly onWritten: () => void;
}

/** A replication's checkpoint is kept under this id, on both ends. */
const localDocSchema = z.looseObject({});
const revsDiffSchema = z.record(z.string(), z.array(z.string()));
const bulkDocsSchema = z.object({ docs: z.array(z.looseObject({ _id: z.string() })), new_edits: z.boolean() });
const bulkGetSchema = z.object({ docs: z.array(z.object({ id: z.string(), rev: z.string().optional() })) });

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const NOT_FOUND: Answer = { status: 404, body: { error: 'not_found', reason: 'missing' } };

export function createCouchServer({ db, name, refuses, onWritten }: CouchServerOptions): Server {
  const server = createServer((request, response) => {
    answerTo(request)
      .catch((error: unknown): Answer => ({ status: 500, body: { error: 'failed', reason: String(error) } }))
      .then((answer) => send(response, answer));
  });
  server.requestTimeout = 0;
  return server;

  async function answerTo(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://couch');
    const route = `${request.method} ${pathname}`;
    if (route === 'GET /')
      return ok({ couchdb: 'Welcome', uuid: 'b4a3d2c1e0f94d5c8a7b6c5d4e3f2a1b', version: '3.5.0' });
    if (!pathname.startsWith(`/${name}`)) return NOT_FOUND;
    const rest = pathname.slice(name.length + 2);
    if (rest.startsWith('_local/')) return local(request, decodeURIComponent(rest));
    switch (`${request.method} ${rest}`) {
      case 'GET ': {
        const { doc_count, update_seq } = await db.info();
        return ok({ db_name: name, doc_count, update_seq, instance_start_time: '0' });
      }
      case 'POST _revs_diff':
        return ok(await db.revsDiff(revsDiffSchema.parse(await jsonOf(request))));
      case 'POST _bulk_docs': {
        const { docs, new_edits } = bulkDocsSchema.parse(await jsonOf(request));
        const refused = docs.filter((doc) => refuses?.(doc));
        const written = await db.bulkDocs(
          docs.filter((doc) => !refused.includes(doc)),
          { new_edits },
        );
        onWritten();
        const said = refused.map(({ _id }) => ({ id: _id, error: 'forbidden', reason: 'refused' }));
        return { status: 201, body: [...written, ...said] };
      }
      case 'GET _changes': {
        const { results, last_seq } = await db.changes({ since: Number(searchParams.get('since') ?? 0) });
        return ok({ results, last_seq, pending: 0 });
      }
      case 'POST _bulk_get':
        return ok(await db.bulkGet({ ...bulkGetSchema.parse(await jsonOf(request)), revs: true, latest: true }));
      default:
        return NOT_FOUND;
    }
  }

  async function local(request: IncomingMessage, id: string): Promise<Answer> {
    if (request.method === 'GET') return db.get(id).then(ok, () => NOT_FOUND);
    const body = localDocSchema.parse(await jsonOf(request));
    const { ok: done, rev } = await db.put({ ...body, _id: id });
    return { status: 201, body: { ok: done, id, rev } };
  }
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const isGzip = request.headers['content-encoding'] === 'gzip';
  return JSON.parse(await text(isGzip ? request.pipe(createGunzip()) : request));
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
