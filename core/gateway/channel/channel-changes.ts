/**
 * `GET _changes`: what the core has for a station, and nothing that the station wrote itself. A long poll's status is sent
 * with its first heartbeat. What goes wrong after that is told in the body: the usual refusal, with the status that it
 * would have had.
 */
import { type ChangesAnswer, MAX_CHANNEL_BATCH } from '@enroute/sync/channel/protocol.ts';
import type { Request, Response } from 'express';
import type { StationRegister } from '../../stations/station-register.ts';
import type { Change } from '../../store/store.ts';
import { beginLateAnswer } from '../door/late-answer.ts';
import { requireStillAdmitted, stationOf } from '../stations/station-auth.ts';
import { type FeedQuery, readFeedQuery } from './changes-query.ts';
import type { ChannelReader, DownPage } from './channel-reader.ts';
import { toldRevision } from './channel-revisions.ts';
import type { SayCoreWord } from './core-word.ts';
import { placeAt } from './feed-place.ts';
import { waitForPage } from './long-poll.ts';
import type { OpenPoll, OpenPolls } from './open-polls.ts';
import { sendInParts, sendWhole } from './send-answer.ts';

export interface ChannelChangesOptions {
  readonly reader: ChannelReader;
  readonly register: StationRegister;
  readonly epoch: string;
  readonly sayCoreWord: SayCoreWord;
  readonly polls: OpenPolls;
  readonly random: () => number;
}

type Row = ChangesAnswer['results'][number];

export async function answerChanges(
  options: ChannelChangesOptions,
  request: Request,
  response: Response,
): Promise<void> {
  const { epoch, polls } = options;
  const query = readFeedQuery(request.query, epoch);
  const { station } = stationOf(response);
  if (query.limit === 0) return void response.json(await howMuchIsThere(options, station, query));
  using poll = polls.enter(station, query.feed);
  response.on('close', () => poll.leave());
  // Whoever went while it was looked at whether they may come in is not told of any more.
  if (response.destroyed) poll.leave();
  try {
    const core = query.isNew ? { core: await options.sayCoreWord(station) } : {};
    const page = await (query.feed === 'longpoll'
      ? longPoll(options, response, query, poll)
      : fullPage(options.reader, station, query.since, query.limit ?? MAX_CHANNEL_BATCH));
    if (poll.isGone) return;
    const toAnswer = (told: DownPage): ChangesAnswer => {
      const results = told.changes.map((change) => toRow(change, epoch, query.includeDocs));
      return { results, last_seq: placeAt(epoch, told.lastSeq), ...core };
    };
    const isAll = query.feed === 'longpoll' || page.isLast || page.changes.length === query.limit;
    if (isAll) await sendWhole(request, response, toAnswer(page));
    else await sendInParts(response, answerInParts(restOf(options.reader, station, query, page), toAnswer));
  } catch (error) {
    // Whoever went away meanwhile is no error; of a core that stops, the socket tells it first.
    if (!poll.isGone && !request.socket.destroyed) throw error;
  }
}

function longPoll(
  { reader, register, random }: ChannelChangesOptions,
  response: Response,
  query: FeedQuery,
  poll: OpenPoll,
): Promise<DownPage> {
  return waitForPage(
    {
      reader,
      poll,
      card: stationOf(response),
      requireStillAdmitted: (card) => requireStillAdmitted(register, card),
      beat: () => void beginLateAnswer(response).write('\n'),
      random,
    },
    query,
  );
}

/** As many as were asked for, up to a batch, unless there are no more. */
async function fullPage(
  reader: ChannelReader,
  station: string,
  since: string | undefined,
  limit: number,
): Promise<DownPage> {
  const most = Math.min(limit, MAX_CHANNEL_BATCH);
  const changes: Change[] = [];
  for (let from = since; ; ) {
    const page = await reader.page(station, from, most - changes.length);
    changes.push(...page.changes);
    if (page.isLast || changes.length === most) return { ...page, changes };
    from = page.lastSeq;
  }
}

/** A page and all behind it, as far as they were asked for: for a replicator that asks once for everything. */
async function* restOf(
  reader: ChannelReader,
  station: string,
  { limit = Number.POSITIVE_INFINITY }: FeedQuery,
  first: DownPage,
): AsyncGenerator<DownPage> {
  let told = 0;
  for (let page = first; ; page = await fullPage(reader, station, page.lastSeq, limit - told)) {
    yield page;
    told += page.changes.length;
    if (page.isLast || told >= limit) return;
  }
}

/** The text of one answer, whose end is known with the last page only. */
async function* answerInParts(
  pages: AsyncIterable<DownPage>,
  toAnswer: (page: DownPage) => ChangesAnswer,
): AsyncGenerator<string> {
  let end = '';
  let comma = '';
  yield '{"results":[';
  for await (const page of pages) {
    const { results, ...rest } = toAnswer(page);
    end = JSON.stringify(rest).slice(1);
    if (results.length === 0) continue;
    yield comma + results.map((row) => JSON.stringify(row)).join(',\n');
    comma = ',\n';
  }
  yield `],${end}`;
}

/** What a replicator asks to tell how far it has come. */
async function howMuchIsThere(
  { reader, epoch }: ChannelChangesOptions,
  station: string,
  { since }: FeedQuery,
): Promise<ChangesAnswer & { readonly pending: number }> {
  const pending = await reader.pending(station, since);
  return { results: [], last_seq: placeAt(epoch, since ?? '0'), pending };
}

function toRow({ id, seq, deleted, doc }: Change, epoch: string, includeDocs: boolean): Row {
  const rev = toldRevision(epoch, id, doc._rev);
  return {
    id,
    seq: placeAt(epoch, seq),
    changes: [{ rev }],
    ...(deleted ? { deleted } : {}),
    ...(includeDocs ? { doc: { ...doc, _rev: rev } } : {}),
  };
}
