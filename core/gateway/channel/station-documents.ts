/**
 * `POST _bulk_docs`: documents that a station writes. May be repeated, in any order: a station whose answer was lost sends
 * again, and nothing is there twice. One that is refused is told so in its row and stops no other.
 *
 * A replicator (`new_edits: false`) brings revisions of its own. They are noted, so that it need not send them again, but
 * what is kept is the core's own revision.
 */
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { HEARTBEAT_ID } from '@enroute/shared/schemas/heartbeat.ts';
import type { Manifest } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { MAX_CHANNEL_DOC_BYTES, parseUp } from '@enroute/sync/channel/documents.ts';
import { type BulkDocsAnswer, bulkDocsRequestSchema, MAX_CHANNEL_BATCH } from '@enroute/sync/channel/protocol.ts';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { CoreDatabases } from '../../databases.ts';
import type { Database, Doc } from '../../store/store.ts';
import { jsonReader } from '../door/json-body.ts';
import { stationOf } from '../stations/station-auth.ts';
import { type Acceptance, acceptManifests, type ManifestTerms } from './accept-manifests.ts';
import { parseRequest } from './channel-request.ts';

export interface StationDocumentsOptions {
  readonly databases: Pick<CoreDatabases, 'registrations' | 'channel'>;
  readonly terms: ManifestTerms;
  readonly now: () => Date;
}

/** What CouchDB's replicator takes at once, unless it is told otherwise. Its requests are half a MiB at the most. */
export const MAX_REPLICATED_BATCH = 500;

const docSchema = bulkDocsRequestSchema.shape.docs.element;
const requestSchema = z.union([
  z.object({ new_edits: z.literal(false), docs: z.array(docSchema).max(MAX_REPLICATED_BATCH) }),
  bulkDocsRequestSchema.extend({ new_edits: z.literal(true).optional() }),
]);

const readBody = jsonReader(MAX_CHANNEL_BATCH * MAX_CHANNEL_DOC_BYTES);

export async function answerBulkDocs(
  options: StationDocumentsOptions,
  request: Request,
  response: Response,
): Promise<void> {
  const { docs, new_edits: newEdits = true } = parseRequest(requestSchema, await readBody(request, response));
  const station = stationOf(response);
  const answer: BulkDocsAnswer = [];
  for (let at = 0; at < docs.length; at += MAX_CHANNEL_BATCH) {
    const batch = docs.slice(at, at + MAX_CHANNEL_BATCH);
    answer.push(...(await take(options, station, newEdits ? batch : batch.map(asReplicated))));
  }
  // As CouchDB does: a replicator is told of what was refused, and of nothing else.
  response.status(201).json(newEdits ? answer : answer.filter((row) => 'error' in row));
}

interface SentDoc {
  readonly _id: string;
  readonly _rev?: unknown;
  /** The replicator's revision, to be noted. */
  readonly from?: string;
}

/** What replication carries along with a document is no part of it. */
function asReplicated({ _revisions, ...doc }: z.infer<typeof docSchema>): SentDoc {
  const { _rev } = doc;
  return { ...doc, ...(typeof _rev === 'string' && _rev.length <= 100 ? { from: _rev } : {}) };
}

async function take(
  { databases, terms, now }: StationDocumentsOptions,
  station: StationCard,
  docs: readonly SentDoc[],
): Promise<BulkDocsAnswer> {
  const incoming = docs.map((doc) => readUp(doc, station.station));
  const accepted = await acceptManifests(
    incoming.flatMap(({ manifest }) => (manifest ? [manifest] : [])),
    station,
    databases.registrations,
    terms,
    now(),
  );
  // In order: the nth manifest has the nth acceptance.
  const acceptances = accepted.values();
  const judged = incoming.map((one) => {
    const acceptance = one.manifest ? acceptances.next().value : undefined;
    return { ...one, acceptance, refusal: one.refusal ?? acceptance?.refusal };
  });
  const taken = judged.filter(({ refusal }) => !refusal).map(({ doc }) => doc);
  const written: ReadonlyMap<string, Written> =
    taken.length > 0 ? await writeAll(await databases.channel(station.station), taken) : new Map();
  return judged.map(({ id, acceptance, refusal }) => {
    if (refusal) return { id, error: 'forbidden', reason: refusal };
    const result = written.get(id);
    if (result?.rev) return { id, ok: true, rev: result.rev, ...told(acceptance) };
    if (result?.refused) return { id, error: 'forbidden', reason: 'ENR-CHN-002' };
    return { id, error: 'conflict', reason: 'Document update conflict.' };
  });
}

function told(acceptance: Acceptance | undefined): { wanted?: boolean; ended?: boolean } {
  if (!acceptance || acceptance.refusal) return {};
  return { wanted: acceptance.wanted, ...(acceptance.ended ? { ended: true } : {}) };
}

interface Incoming {
  readonly id: string;
  readonly doc: Doc;
  readonly manifest: Manifest | undefined;
  readonly refusal: StatusCode | undefined;
}

/** What is kept of a document is what was checked, and nothing that came along with it. */
function readUp({ from, ...doc }: SentDoc, station: string): Incoming {
  const { _id, _rev, ...body } = doc;
  try {
    if (Buffer.byteLength(JSON.stringify(doc)) > MAX_CHANNEL_DOC_BYTES) throw new EnrouteError('ENR-CHN-002', 'size');
    // A station takes back nothing: what it has announced stays announced.
    if ('_deleted' in body && body._deleted) throw new EnrouteError('ENR-CHN-002', 'deleted');
    const up = parseUp(_id, body);
    if (up.body.station !== station) throw new EnrouteError(up.kind === 'manifest' ? 'ENR-MAN-004' : 'ENR-CHN-002');
    const manifest = up.kind === 'manifest' ? up.body : undefined;
    return { id: _id, doc: { ...up.body, _id, ...(from ? { from } : {}) }, manifest, refusal: undefined };
  } catch (error) {
    if (!(error instanceof EnrouteError)) throw error;
    return { id: _id, doc: { _id }, manifest: undefined, refusal: error.code };
  }
}

interface Written {
  /** The revision that is there now. */
  readonly rev: string | undefined;
  readonly refused: boolean;
}

/**
 * A manifest is written once: one that is there already is the same, its registration says so. A heartbeat takes the place
 * of the one before, and of two that come at once either is as good.
 */
async function writeAll(channel: Database, docs: readonly Doc[]): Promise<ReadonlyMap<string, Written>> {
  const beats = docs.some(({ _id }) => _id === HEARTBEAT_ID);
  const before = beats ? await channel.get(HEARTBEAT_ID) : undefined;
  const results = await channel.write(
    docs.map((doc) => (doc._id === HEARTBEAT_ID && before ? { ...doc, _rev: before._rev } : doc)),
  );
  const failed = results.flatMap((result) => (result.ok || result.reason === 'refused' ? [] : [result.id]));
  const present = failed.length > 0 ? await channel.getMany<Doc>(failed) : [];
  const revs = new Map(present.map((doc) => [doc._id, doc._rev]));
  return new Map(
    results.map((result): [string, Written] => [
      result.id,
      result.ok
        ? { rev: result.rev, refused: false }
        : { rev: revs.get(result.id), refused: result.reason === 'refused' },
    ]),
  );
}
