/**
 * A station's channel, in the part of CouchDB's HTTP API that its replication needs: `_bulk_docs` up, `_changes` down,
 * and `_all_docs` to look up the revision of a document of its own.
 */
import type { Manifest } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { isDownId, MAX_CHANNEL_DOC_BYTES, parseUp } from '@enroute/sync/channel/documents.ts';
import {
  type BulkDocsAnswer,
  bulkDocsRequestSchema,
  type ChangesAnswer,
  DOWN_FILTER,
  MAX_CHANNEL_BATCH,
  MAX_POLL_MS,
} from '@enroute/sync/channel/protocol.ts';
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { CoreDatabases } from '../databases.ts';
import { type Change, type Changes, type ChangesQuery, type Database, type Doc, StoreError } from '../store/store.ts';
import { acceptManifests, type ManifestTerms } from './accept-manifests.ts';
import { ownChannelOnly, stationOf } from './station-auth.ts';

export interface ChannelRoutesOptions {
  readonly databases: CoreDatabases;
  readonly terms: ManifestTerms;
  readonly now: () => Date;
}

/** A place in the feed, of either store: a number, with CouchDB something opaque behind it. */
const SEQ = /^\d{1,15}(-[A-Za-z0-9_-]{1,4000})?$/;

const changesQuerySchema = z.object({
  since: z.string().regex(SEQ).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_CHANNEL_BATCH).default(MAX_CHANNEL_BATCH),
  feed: z.enum(['normal', 'longpoll']).default('normal'),
  timeout: z.coerce.number().int().min(0).default(MAX_POLL_MS),
  filter: z.literal(DOWN_FILTER).optional(),
  include_docs: z.enum(['true', 'false']).default('false'),
});

const allDocsQuerySchema = z.object({
  keys: z
    .string()
    .max(MAX_CHANNEL_BATCH * 256)
    .transform((text, context) => {
      try {
        return z.array(z.string().max(200)).max(MAX_CHANNEL_BATCH).parse(JSON.parse(text));
      } catch {
        context.addIssue('keys must be a JSON array of ids');
        return z.NEVER;
      }
    }),
});

export function channelRoutes(options: ChannelRoutesOptions): Router {
  const router = Router({ mergeParams: true });
  router.use(ownChannelOnly);
  const body = express.json({ limit: MAX_CHANNEL_BATCH * MAX_CHANNEL_DOC_BYTES });
  router.post('/_bulk_docs', body, (request, response) => bulkDocs(options, request, response));
  router.get('/_changes', (request, response) => changes(options, request, response));
  router.get('/_all_docs', (request, response) => allDocs(options, request, response));
  return router;
}

interface Incoming {
  readonly id: string;
  readonly doc: Doc;
  readonly manifest: Manifest | undefined;
  refusal: StatusCode | undefined;
}

async function bulkDocs(options: ChannelRoutesOptions, request: Request, response: Response): Promise<void> {
  const { docs } = parse(bulkDocsRequestSchema, request.body);
  const station = stationOf(response);
  const incoming = docs.map((doc) => readUp(doc, station.station));

  const manifests = incoming.filter((one) => one.manifest !== undefined && !one.refusal);
  const refusals = await acceptManifests(
    manifests.flatMap(({ manifest }) => (manifest ? [manifest] : [])),
    station,
    options.databases.registrations,
    options.terms,
    options.now(),
  );
  for (const [index, one] of manifests.entries()) one.refusal = refusals[index];

  const channel = await options.databases.channel(station.station);
  const written = await writeAll(
    channel,
    incoming.filter(({ refusal }) => !refusal).map(({ doc }) => doc),
  );
  const answer: BulkDocsAnswer = incoming.map(({ id, manifest, refusal }) => {
    if (refusal) return { id, error: 'forbidden', reason: refusal };
    const result = written.get(id);
    if (result?.ok) return { id, ok: true, rev: result.rev };
    // An accepted manifest that is there already is the same one: its registration says so.
    if (manifest && result?.present) return { id, ok: true, rev: result.present };
    if (result?.refused) return { id, error: 'forbidden', reason: 'ENR-CHN-002' };
    return { id, error: 'conflict', reason: 'Document update conflict.' };
  });
  response.status(201).json(answer);
}

/** What is kept of a document is what was checked, and nothing that came along with it. */
function readUp(doc: z.infer<typeof bulkDocsRequestSchema>['docs'][number], station: string): Incoming {
  const { _id, _rev, ...body } = doc;
  try {
    if (Buffer.byteLength(JSON.stringify(doc)) > MAX_CHANNEL_DOC_BYTES) throw new EnrouteError('ENR-CHN-002', 'size');
    const up = parseUp(_id, body);
    if (up.body.station !== station) throw new EnrouteError(up.kind === 'manifest' ? 'ENR-MAN-004' : 'ENR-CHN-002');
    // A manifest is written once; only a heartbeat takes the place of the one before.
    if (up.kind === 'manifest') return { id: _id, doc: { ...up.body, _id }, manifest: up.body, refusal: undefined };
    const kept = { ...up.body, _id, ...(_rev === undefined ? {} : { _rev }) };
    return { id: _id, doc: kept, manifest: undefined, refusal: undefined };
  } catch (error) {
    if (!(error instanceof EnrouteError)) throw error;
    return { id: _id, doc: { _id }, manifest: undefined, refusal: error.code };
  }
}

type Written =
  | { readonly ok: true; readonly rev: string }
  | { readonly ok: false; readonly present: string | undefined; readonly refused: boolean };

async function writeAll(channel: Database, docs: readonly Doc[]): Promise<Map<string, Written>> {
  const results = await channel.write(docs);
  const failed = results.flatMap((result) => (result.ok || result.reason === 'refused' ? [] : [result.id]));
  const present = new Map((await channel.getMany<Doc>(failed)).map((doc) => [doc._id, doc._rev]));
  return new Map(
    results.map((result): [string, Written] => [
      result.id,
      result.ok
        ? { ok: true, rev: result.rev }
        : { ok: false, present: present.get(result.id), refused: result.reason === 'refused' },
    ]),
  );
}

async function changes(options: ChannelRoutesOptions, request: Request, response: Response): Promise<void> {
  const query = parse(changesQuerySchema, request.query);
  const gone = new AbortController();
  response.on('close', () => gone.abort());

  const channel = await options.databases.channel(stationOf(response).station);
  const wanted = (change: Change): boolean => query.filter === undefined || isDownId(change.id);
  // Not by the wall clock, which may be set while the poll waits.
  const until = performance.now() + (query.feed === 'longpoll' ? Math.min(query.timeout, MAX_POLL_MS) : 0);
  let since = query.since;
  while (!gone.signal.aborted) {
    const waitMs = Math.max(0, until - performance.now());
    const page = await readPage(channel, { since, limit: query.limit, waitMs, signal: gone.signal }).catch((error) => {
      // Whoever went away meanwhile is no error; of a core that stops, the socket tells it first.
      if (gone.signal.aborted || request.socket.destroyed) return undefined;
      throw error;
    });
    if (!page) return;
    const found = page.changes.filter(wanted);
    since = page.lastSeq;
    const atEnd = page.changes.length < query.limit && performance.now() >= until;
    // What the station wrote itself does not end its wait, nor make it think that there is no more.
    if (found.length > 0 || atEnd) {
      response.json(changesAnswer(found, page.lastSeq, query.include_docs === 'true'));
      return;
    }
  }
}

/** @throws EnrouteError ENR-CHN-003 when the store can't read `since`: it is a place in another store's feed. */
async function readPage(channel: Database, query: ChangesQuery): Promise<Changes> {
  try {
    return await channel.changes(query);
  } catch (error) {
    if (!(error instanceof StoreError) || error.transient || query.since === undefined) throw error;
    // A store that is closing fails here again, for its own reason.
    await channel.info();
    throw new EnrouteError('ENR-CHN-003', 'since');
  }
}

function changesAnswer(found: readonly Change[], lastSeq: string, includeDocs: boolean): ChangesAnswer {
  return {
    results: found.map(({ id, seq, deleted, doc }) => ({
      id,
      seq,
      changes: [{ rev: doc._rev }],
      ...(deleted ? { deleted } : {}),
      ...(includeDocs ? { doc: { ...doc } } : {}),
    })),
    last_seq: lastSeq,
  };
}

async function allDocs(options: ChannelRoutesOptions, request: Request, response: Response): Promise<void> {
  const { keys } = parse(allDocsQuerySchema, request.query);
  const channel = await options.databases.channel(stationOf(response).station);
  const found = new Map((await channel.getMany<Doc>(keys)).map((doc) => [doc._id, doc._rev]));
  const rows = keys.map((key) => {
    const rev = found.get(key);
    return rev === undefined ? { key, error: 'not_found' } : { id: key, key, value: { rev } };
  });
  response.json({ total_rows: rows.length, offset: 0, rows });
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EnrouteError('ENR-CHN-003', parsed.error.issues.map((issue) => issue.path.join('.')).join(', '));
}
