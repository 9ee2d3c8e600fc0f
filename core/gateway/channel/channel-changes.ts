/**
 * `GET _changes`: what the core has for a station. A long poll stays open for minutes, and is kept alive by a newline now
 * and then, which JSON allows before it begins: so both ends, and whatever lies between, know that the other is there.
 *
 * With the first newline the status has been sent. What goes wrong after that is told in the body: the usual refusal,
 * with the status that it would have had.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { CoreWord } from '@enroute/shared/schemas/core-word.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { isDownId } from '@enroute/sync/channel/documents.ts';
import {
  type ChangesAnswer,
  DOWN_FILTER,
  MAX_CHANNEL_BATCH,
  MAX_POLL_MS,
  POLL_HEARTBEAT_MS,
} from '@enroute/sync/channel/protocol.ts';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { StationRegister } from '../../stations/station-register.ts';
import { type Change, type Changes, type ChangesQuery, type Database, StoreError } from '../../store/store.ts';
import { beginLateAnswer } from '../door/late-answer.ts';
import { requireStillAdmitted, stationOf } from '../stations/station-auth.ts';
import { parseRequest } from './channel-request.ts';
import type { SayCoreWord } from './core-word.ts';
import { placeAt, seqOf } from './feed-place.ts';
import type { OpenPolls } from './open-polls.ts';

export interface ChannelChangesOptions {
  readonly channel: (station: string) => Promise<Database>;
  readonly register: StationRegister;
  readonly epoch: string;
  readonly sayCoreWord: SayCoreWord;
  readonly polls: OpenPolls;
}

/** A heartbeat costs a look into the register: a station may not ask for more of them than this. */
const MIN_HEARTBEAT_MS = 250;
/** Smaller bodies do not become smaller enough to be worth it. */
const GZIP_FROM_BYTES = 1024;

const querySchema = z.object({
  since: z.string().max(5_000).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_CHANNEL_BATCH).default(MAX_CHANNEL_BATCH),
  feed: z.enum(['normal', 'longpoll']).default('normal'),
  timeout: z.coerce.number().int().min(0).default(MAX_POLL_MS),
  heartbeat: z.coerce.number().int().min(MIN_HEARTBEAT_MS).max(POLL_HEARTBEAT_MS).default(POLL_HEARTBEAT_MS),
  filter: z.literal(DOWN_FILTER).optional(),
  include_docs: z.enum(['true', 'false']).default('false'),
});

export async function answerChanges(
  options: ChannelChangesOptions,
  request: Request,
  response: Response,
): Promise<void> {
  const query = parseRequest(querySchema, request.query);
  const { station } = stationOf(response);
  const since = query.since === undefined ? undefined : seqOf(options.epoch, query.since);
  const core = since === undefined ? await options.sayCoreWord(station) : undefined;
  const waitMs = query.feed === 'longpoll' ? Math.min(query.timeout, MAX_POLL_MS) : 0;
  using poll = options.polls.enter(station, query.feed);
  const gone = new AbortController();
  response.on('close', () => gone.abort());

  const { ending } = poll;
  const watched = await watch(options, response, { ...query, since, waitMs, ending, gone: gone.signal }).catch(
    (error) => {
      // Whoever went away meanwhile is no error; of a core that stops, the socket tells it first.
      if (gone.signal.aborted || request.socket.destroyed) return undefined;
      throw error;
    },
  );
  if (!watched) return;
  const include = query.include_docs === 'true';
  await send(request, response, changesAnswer(watched, options.epoch, include, core));
}

interface Watching {
  readonly since: string | undefined;
  readonly limit: number;
  readonly waitMs: number;
  readonly heartbeat: number;
  readonly filter?: string | undefined;
  readonly ending: AbortSignal;
  readonly gone: AbortSignal;
}

/** The first page that holds something for the station; an empty one when the time is up or the poll is to end. */
async function watch(options: ChannelChangesOptions, response: Response, watching: Watching): Promise<Changes> {
  const { limit, heartbeat, filter, ending, gone } = watching;
  const channel = await options.channel(stationOf(response).station);
  const isWanted = (change: Change): boolean => filter === undefined || isDownId(change.id);
  // Not by the wall clock, which may be set while the poll waits.
  const until = performance.now() + watching.waitMs;
  let nextBeat = performance.now() + heartbeat;
  for (let { since } = watching; ; ) {
    const now = performance.now();
    const waitMs = ending.aborted ? 0 : Math.max(0, Math.min(until, nextBeat) - now);
    const page = await readPage(channel, { since, limit, waitMs, signal: AbortSignal.any([gone, ending]) }, ending);
    const changes = page.changes.filter(isWanted);
    since = page.lastSeq;
    const isOver = performance.now() >= until || ending.aborted;
    // What the station wrote itself does not end its wait, nor make it think that there is no more.
    if (changes.length > 0 || (page.changes.length < limit && isOver)) return { changes, lastSeq: page.lastSeq };
    if (performance.now() < nextBeat) continue;
    await requireStillAdmitted(options.register, stationOf(response));
    beginLateAnswer(response).write('\n');
    nextBeat = performance.now() + heartbeat;
  }
}

/** @throws EnrouteError ENR-CHN-003 when the store can't read `since`: it is a place in another store's feed. */
async function readPage(channel: Database, query: ChangesQuery, ending: AbortSignal): Promise<Changes> {
  try {
    return await channel.changes(query);
  } catch (error) {
    // Woken because it is to end: whoever waited is told how far it has come.
    if (ending.aborted) {
      const { signal: _signal, ...rest } = query;
      return channel.changes({ ...rest, waitMs: 0 });
    }
    if (!(error instanceof StoreError) || error.transient || query.since === undefined) throw error;
    // A store that is closing fails here again, for its own reason.
    await channel.info();
    throw new EnrouteError('ENR-CHN-003', 'since');
  }
}

function changesAnswer(
  { changes, lastSeq }: Changes,
  epoch: string,
  includeDocs: boolean,
  core: CoreWord | undefined,
): ChangesAnswer {
  return {
    results: changes.map(({ id, seq, deleted, doc }) => ({
      id,
      seq: placeAt(epoch, seq),
      changes: [{ rev: doc._rev }],
      ...(deleted ? { deleted } : {}),
      ...(includeDocs ? { doc: { ...doc } } : {}),
    })),
    last_seq: placeAt(epoch, lastSeq),
    ...(core ? { core } : {}),
  };
}

const compress = promisify(gzip);

async function send(request: Request, response: Response, answer: ChangesAnswer): Promise<void> {
  const body = Buffer.from(JSON.stringify(answer));
  if (response.headersSent) return void response.end(body);
  response.type('json');
  if (body.byteLength < GZIP_FROM_BYTES || !request.acceptsEncodings('gzip')) return void response.end(body);
  response.set('content-encoding', 'gzip').end(await compress(body));
}
