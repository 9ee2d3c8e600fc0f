/**
 * A station's channel, `/channel-<station>/`, in the part of CouchDB's HTTP API that replication needs. Our own stations
 * use `_bulk_docs` up and `_changes` down; the rest is what PouchDB and CouchDB's replicator ask for besides.
 */
import { channelName } from '@enroute/sync/channel/documents.ts';
import type { Request, Response } from 'express';
import type { CoreDatabases } from '../../databases.ts';
import type { StationRegister } from '../../stations/station-register.ts';
import type { StationRight } from '../../stations/station-rights.ts';
import type { Route, StreamRoute } from '../route.ts';
import type { ManifestTerms } from './accept-manifests.ts';
import { answerChanges } from './channel-changes.ts';
import { answerBulkGet, answerDocument, answerInfo, answerRevsDiff, INSTANCE_START_TIME } from './channel-documents.ts';
import { channelReader } from './channel-reader.ts';
import { answerCheckpoint, noteCheckpoint } from './checkpoint-requests.ts';
import { openCheckpoints } from './checkpoints.ts';
import type { SayCoreWord } from './core-word.ts';
import type { OpenPolls } from './open-polls.ts';
import { answerBulkDocs } from './station-documents.ts';

export interface ChannelRoutesOptions {
  readonly databases: Pick<CoreDatabases, 'registrations' | 'checkpoints' | 'channel'>;
  readonly register: StationRegister;
  readonly terms: ManifestTerms;
  readonly epoch: string;
  readonly sayCoreWord: SayCoreWord;
  readonly polls: OpenPolls;
  readonly now: () => Date;
  /** Spreads the heartbeats of the polls. */
  readonly random?: () => number;
}

export function channelRoutes(options: ChannelRoutesOptions): readonly Route[] {
  const { databases, polls, random = Math.random } = options;
  const parts = { ...options, random, reader: channelReader(databases.channel, polls.channels) };
  const checkpoints = openCheckpoints(databases.checkpoints, options.epoch);
  return [
    own('POST', '/_bulk_docs', 'announce', (request, response) => answerBulkDocs(parts, request, response)),
    own('GET', '/_changes', 'receive', (request, response) => answerChanges(parts, request, response)),
    // PouchDB writes it with the slash, CouchDB's replicator too where its address has one.
    own('GET', '', 'receive', (_request, response) => answerInfo(parts, response)),
    own('GET', '/', 'receive', (_request, response) => answerInfo(parts, response)),
    own('POST', '/_revs_diff', 'announce', (request, response) => answerRevsDiff(parts, request, response)),
    own('POST', '/_bulk_get', 'receive', (request, response) => answerBulkGet(parts, request, response)),
    own('POST', '/_ensure_full_commit', 'announce', (_request, response) => {
      // What was answered is durable.
      response.status(201).json({ ok: true, instance_start_time: INSTANCE_START_TIME });
    }),
    own('GET', '/_local/:checkpoint', 'receive', (request, response) =>
      answerCheckpoint(checkpoints, request, response),
    ),
    own('PUT', '/_local/:checkpoint', 'receive', (request, response) => noteCheckpoint(checkpoints, request, response)),
    own('GET', '/:document', 'receive', (request, response) => answerDocument(parts, request, response)),
  ];
}

/** A request of a station to its own channel. */
function own(
  method: StreamRoute['method'],
  path: string,
  right: StationRight,
  handle: (request: Request, response: Response) => Promise<void> | void,
): StreamRoute {
  const access = { by: 'station', right, own: 'channel' } as const;
  return { kind: 'stream', method, path: `/${channelName(':station')}${path}`, access, rate: 'station', handle };
}
