/**
 * A station's channel, in the part of CouchDB's HTTP API that its replication needs: `_bulk_docs` up and `_changes` down.
 * Both may be repeated, in any order: a station whose answer was lost asks again, and nothing is there twice.
 */
import { HEARTBEAT_ID } from '@enroute/shared/schemas/heartbeat.ts';
import type { Manifest } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { MAX_CHANNEL_DOC_BYTES, parseUp } from '@enroute/sync/channel/documents.ts';
import { type BulkDocsAnswer, bulkDocsRequestSchema, MAX_CHANNEL_BATCH } from '@enroute/sync/channel/protocol.ts';
import express, { type Request, type Response, Router } from 'express';
import type { z } from 'zod';
import type { CoreDatabases } from '../../databases.ts';
import type { StationRegister } from '../../stations/station-register.ts';
import type { Database, Doc } from '../../store/store.ts';
import { ownChannelOnly, stationOf } from '../stations/station-auth.ts';
import { type Acceptance, acceptManifests, type ManifestTerms } from './accept-manifests.ts';
import { answerChanges } from './channel-changes.ts';
import { parseRequest } from './channel-request.ts';
import type { SayCoreWord } from './core-word.ts';
import type { OpenPolls } from './open-polls.ts';

export interface ChannelRoutesOptions {
  readonly databases: CoreDatabases;
  readonly register: StationRegister;
  readonly terms: ManifestTerms;
  readonly epoch: string;
  readonly sayCoreWord: SayCoreWord;
  readonly polls: OpenPolls;
  readonly now: () => Date;
}

export function channelRoutes(options: ChannelRoutesOptions): Router {
  const { databases } = options;
  const router = Router({ mergeParams: true });
  router.use(ownChannelOnly);
  const body = express.json({ limit: MAX_CHANNEL_BATCH * MAX_CHANNEL_DOC_BYTES });
  router.post('/_bulk_docs', body, (request, response) => bulkDocs(options, request, response));
  const feed = { ...options, channel: databases.channel };
  router.get('/_changes', (request, response) => answerChanges(feed, request, response));
  return router;
}

interface Incoming {
  readonly id: string;
  readonly doc: Doc;
  readonly manifest: Manifest | undefined;
  readonly refusal: StatusCode | undefined;
}

async function bulkDocs(options: ChannelRoutesOptions, request: Request, response: Response): Promise<void> {
  const { docs } = parseRequest(bulkDocsRequestSchema, request.body);
  const station = stationOf(response);
  const incoming = docs.map((doc) => readUp(doc, station.station));

  const accepted = await acceptManifests(
    incoming.flatMap(({ manifest }) => (manifest ? [manifest] : [])),
    station,
    options.databases.registrations,
    options.terms,
    options.now(),
  );
  // In order: the nth manifest has the nth acceptance.
  const acceptances = accepted.values();
  const judged = incoming.map((one) => {
    const acceptance = one.manifest ? acceptances.next().value : undefined;
    return { ...one, acceptance, refusal: one.refusal ?? acceptance?.refusal };
  });

  const channel = await options.databases.channel(station.station);
  const written = await writeAll(
    channel,
    judged.filter(({ refusal }) => !refusal).map(({ doc }) => doc),
  );
  const answer: BulkDocsAnswer = judged.map(({ id, acceptance, refusal }) => {
    if (refusal) return { id, error: 'forbidden', reason: refusal };
    const result = written.get(id);
    if (result?.rev) return { id, ok: true, rev: result.rev, ...told(acceptance) };
    if (result?.refused) return { id, error: 'forbidden', reason: 'ENR-CHN-002' };
    return { id, error: 'conflict', reason: 'Document update conflict.' };
  });
  response.status(201).json(answer);
}

function told(acceptance: Acceptance | undefined): { wanted?: boolean; ended?: boolean } {
  if (!acceptance || acceptance.refusal) return {};
  return { wanted: acceptance.wanted, ...(acceptance.ended ? { ended: true } : {}) };
}

/** What is kept of a document is what was checked, and nothing that came along with it. */
function readUp(doc: z.infer<typeof bulkDocsRequestSchema>['docs'][number], station: string): Incoming {
  const { _id, _rev, ...body } = doc;
  try {
    if (Buffer.byteLength(JSON.stringify(doc)) > MAX_CHANNEL_DOC_BYTES) throw new EnrouteError('ENR-CHN-002', 'size');
    const up = parseUp(_id, body);
    if (up.body.station !== station) throw new EnrouteError(up.kind === 'manifest' ? 'ENR-MAN-004' : 'ENR-CHN-002');
    const manifest = up.kind === 'manifest' ? up.body : undefined;
    return { id: _id, doc: { ...up.body, _id }, manifest, refusal: undefined };
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
async function writeAll(channel: Database, docs: readonly Doc[]): Promise<Map<string, Written>> {
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
