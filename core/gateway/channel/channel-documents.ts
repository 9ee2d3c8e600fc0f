/**
 * What else of CouchDB's HTTP API a replicator asks of a channel: how far it reaches, which revisions are missing there,
 * and documents with their revisions. Its documents of the core are one side of it, those of the station the other, and
 * neither ever meets a revision that is not its own: so nothing is in conflict, here or there.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { isDownId } from '@enroute/sync/channel/documents.ts';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Doc, Stored } from '../../store/store.ts';
import { jsonReader } from '../door/json-body.ts';
import { stationOf } from '../stations/station-auth.ts';
import type { ChannelReader } from './channel-reader.ts';
import { parseRequest } from './channel-request.ts';
import { isToldRevision, ToldRevisions, toldRevision } from './channel-revisions.ts';
import { placeAt } from './feed-place.ts';
import { sendInParts } from './send-answer.ts';
import { MAX_REPLICATED_BATCH } from './station-documents.ts';

export interface ChannelDocumentsOptions {
  readonly reader: ChannelReader;
  readonly epoch: string;
}

/** A database that was made anew would say another time. A channel is never made anew; its epoch is in its places. */
export const INSTANCE_START_TIME = '0';
const MAX_LIST_BYTES = 512 * 1024;
/** Documents of one answer that are read at the same time. */
const READ_AT_ONCE = 50;

const idSchema = z.string().min(1).max(200);
const revSchema = z.string().max(100);
const revsDiffSchema = z
  .record(idSchema, z.array(revSchema).max(100))
  .refine((asked) => Object.keys(asked).length <= MAX_REPLICATED_BATCH);
const bulkGetSchema = z.object({
  docs: z.array(z.object({ id: idSchema, rev: revSchema.optional() })).max(MAX_REPLICATED_BATCH),
});
const flag = z.enum(['true', 'false']).default('false');
const documentQuerySchema = z.object({ revs: flag, open_revs: z.string().max(8_000).optional() });

const readList = jsonReader(MAX_LIST_BYTES);

/** `GET /channel-<station>` */
export async function answerInfo({ reader, epoch }: ChannelDocumentsOptions, response: Response): Promise<void> {
  const { station } = stationOf(response);
  const { lastSeq, documents } = await reader.extent(station);
  response.json({
    db_name: `channel-${station}`,
    doc_count: documents,
    update_seq: placeAt(epoch, lastSeq),
    instance_start_time: INSTANCE_START_TIME,
  });
}

/**
 * `POST _revs_diff`. Of its own documents the core has every revision that it told. Of the station's it has the one that
 * it took; another has to be sent before anybody can say what becomes of it.
 */
export async function answerRevsDiff(
  { reader, epoch }: ChannelDocumentsOptions,
  request: Request,
  response: Response,
): Promise<void> {
  const asked = Object.entries(parseRequest(revsDiffSchema, await readList(request, response)));
  const theirs = asked.flatMap(([id]) => (isDownId(id) ? [] : [id]));
  const taken = await reader.documents(stationOf(response).station, theirs);
  const isHere = (id: string, rev: string): boolean =>
    isDownId(id) ? isToldRevision(epoch, id, rev) : takenRevision(taken.get(id)) === rev;
  response.json(
    Object.fromEntries(
      asked.flatMap(([id, revs]) => {
        const missing = revs.filter((rev) => !isHere(id, rev));
        return missing.length > 0 ? [[id, { missing }]] : [];
      }),
    ),
  );
}

/** `POST _bulk_get`: one result for each that was asked, in order; always the newest revision. */
export async function answerBulkGet(
  { reader, epoch }: ChannelDocumentsOptions,
  request: Request,
  response: Response,
): Promise<void> {
  const { docs } = parseRequest(bulkGetSchema, await readList(request, response));
  const { revs } = parseRequest(documentQuerySchema.pick({ revs: true }), {
    revs: request.query.revs,
  });
  const { station } = stationOf(response);
  const revisions = revs === 'true' ? new ToldRevisions(epoch) : undefined;
  async function* parts(): AsyncGenerator<string> {
    yield '{"results":[';
    for (let at = 0; at < docs.length; at += READ_AT_ONCE) {
      const batch = docs.slice(at, at + READ_AT_ONCE);
      const found = await reader.documents(
        station,
        batch.flatMap(({ id }) => (isDownId(id) ? [id] : [])),
      );
      const results = batch.map(({ id, rev }) => {
        const doc = found.get(id) ?? deletedDoc(epoch, id, rev);
        const told = doc
          ? { ok: toTold(doc, epoch, revisions) }
          : { error: { id, rev: rev ?? 'undefined', error: 'not_found', reason: 'missing' } };
        return JSON.stringify({ id, docs: [told] });
      });
      yield `${at > 0 ? ',' : ''}${results.join(',')}`;
    }
    yield ']}';
  }
  await sendInParts(response, parts());
}

/** `GET /channel-<station>/<document>`, in JSON only: no document of a channel has anything beside it. */
export async function answerDocument(
  { reader, epoch }: ChannelDocumentsOptions,
  request: Request,
  response: Response,
): Promise<void> {
  const { revs, open_revs: openRevs } = parseRequest(documentQuerySchema, request.query);
  const id = String(request.params.document);
  const found = isDownId(id) ? await reader.documents(stationOf(response).station, [id]) : undefined;
  const doc = found?.get(id);
  if (!doc) throw new EnrouteError('ENR-WEB-001');
  const told = toTold(doc, epoch, revs === 'true' ? new ToldRevisions(epoch) : undefined);
  response.json(openRevs === undefined ? told : [{ ok: told }]);
}

function toTold(doc: Stored<Doc>, epoch: string, revisions: ToldRevisions | undefined): object {
  const { _id, _rev, _deleted = false } = doc;
  const told = { ...doc, _rev: toldRevision(epoch, _id, _rev) };
  if (!revisions) return told;
  return { ...told, _revisions: _deleted ? revisions.ofDeleted(_id, _rev) : revisions.of(_id, _rev) };
}

/** What has gone since the feed told of it: of a revision that was told, and is not there, that much is sure. */
function deletedDoc(epoch: string, id: string, rev: string | undefined): Stored<Doc> | undefined {
  if (rev === undefined || !isDownId(id) || !isToldRevision(epoch, id, rev)) return undefined;
  return { _id: id, _rev: rev, _deleted: true };
}

function takenRevision(doc: Stored<Doc> | undefined): unknown {
  return doc && 'from' in doc ? doc.from : undefined;
}
