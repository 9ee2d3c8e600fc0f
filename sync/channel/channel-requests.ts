/**
 * The two requests of a channel, each made when the link lets it. What is no answer of the core is a failure of the link;
 * what the core says of the request itself comes back as a value, for it is no reason to wait.
 */
import type { z } from 'zod';
import { Refusal } from '../link/answer.ts';
import type { GatewayClient, GatewayRequest } from '../link/gateway-client.ts';
import type { Link } from '../link/link.ts';
import { LinkTooSlow } from '../link/link-error.ts';
import { channelName } from './documents.ts';
import {
  type BulkDocsAnswer,
  bulkDocsAnswerSchema,
  type ChangesAnswer,
  changesAnswerSchema,
  DOWN_FILTER,
  MAX_CHANNEL_BATCH,
  POLL_HEARTBEAT_MS,
} from './protocol.ts';
import { type Said, type UpDoc, WholeRefusal } from './send-batch.ts';

export interface ChannelRequestsOptions {
  readonly client: GatewayClient;
  readonly link: Link;
  /** How long the core may hold a long poll open. */
  readonly pollMs: number;
  /** So often the core shows meanwhile that it is there. */
  readonly pollHeartbeatMs?: number | undefined;
  readonly stopping: AbortSignal;
}

export interface ChannelRequests {
  /** @throws LinkError, or Refusal when the core takes nothing from this station now, or not even an empty batch. */
  bulkDocs(docs: readonly UpDoc[]): Promise<Said>;
  /**
   * @param since undefined for the beginning
   * @param how `wait` for the first document, unless the request has to find out whether the link is up
   * @returns 'unknown place' when the core does not know `since`.
   */
  changes(since: string | undefined, how: 'wait' | 'at once'): Promise<ChangesAnswer | 'unknown place'>;
}

/** Without a byte moved; what moves puts it off. */
const REQUEST_DEADLINE_MS = 60_000;
/** No byte for so many heartbeats: whoever should send them is not there any more. */
const MISSED_HEARTBEATS = 2.5;

export function channelRequests(options: ChannelRequestsOptions): ChannelRequests {
  const { client, link, pollMs, stopping } = options;
  const channel = channelName(client.station);
  const heartbeatMs = options.pollHeartbeatMs ?? POLL_HEARTBEAT_MS;
  /** Documents in one answer: half as many after each that was too much for the link, until one is not. */
  let limit = MAX_CHANNEL_BATCH;

  async function changes(
    since: string | undefined,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<ChangesAnswer | 'unknown place'> {
    const query = new URLSearchParams({ include_docs: 'true', filter: DOWN_FILTER, limit: String(limit) });
    if (since !== undefined) query.set('since', since);
    const path = `${channel}/_changes?${query}`;
    const poll = `&feed=longpoll&timeout=${waitMs}&heartbeat=${heartbeatMs}`;
    const request: GatewayRequest =
      waitMs === 0
        ? { method: 'GET', path, deadlineMs: REQUEST_DEADLINE_MS, signal }
        : {
            method: 'GET',
            path: path + poll,
            lane: 'poll',
            deadlineMs: REQUEST_DEADLINE_MS + waitMs,
            stallMs: MISSED_HEARTBEATS * heartbeatMs,
            signal,
          };
    try {
      const answer = await client.request(request, changesAnswerSchema);
      limit = MAX_CHANNEL_BATCH;
      return answer;
    } catch (error) {
      if (since !== undefined && error instanceof Refusal && error.code === 'ENR-CHN-003') return 'unknown place';
      if (error instanceof LinkTooSlow) limit = Math.ceil(limit / 2);
      throw error;
    }
  }

  async function bulkDocs(docs: readonly UpDoc[], signal: AbortSignal): Promise<BulkDocsAnswer | WholeRefusal> {
    const request: GatewayRequest = {
      method: 'POST',
      path: `${channel}/_bulk_docs`,
      body: { docs },
      deadlineMs: REQUEST_DEADLINE_MS,
      signal,
    };
    try {
      return await client.request(request, answerFor(docs));
    } catch (error) {
      const refusal = docs.length > 0 && WholeRefusal.byCore(error);
      if (refusal) return refusal;
      throw error;
    }
  }

  return {
    bulkDocs: async (docs) => {
      try {
        return await link.use('control', stopping, ({ signal }) => bulkDocs(docs, signal));
      } catch (error) {
        // Out here, for the link must hear of it as of any other failure: it may be a captive portal that says so.
        const refusal = docs.length > 0 && WholeRefusal.onTheWay(error);
        if (refusal) return refusal;
        if (docs.length > 1 && error instanceof LinkTooSlow) return 'too much';
        throw error;
      }
    },
    changes: (since, how) =>
      link.use('control', stopping, ({ isProbe, signal }) => {
        return changes(since, how === 'wait' && !isProbe ? pollMs : 0, signal);
      }),
  };
}

/** An answer of the core to these documents. */
function answerFor(docs: readonly UpDoc[]): z.ZodType<BulkDocsAnswer> {
  const asked = docs.map(({ _id }) => _id).sort();
  return bulkDocsAnswerSchema.refine((answer) => {
    const answered = answer.map(({ id }) => id).sort();
    return asked.length === answered.length && asked.every((id, index) => id === answered[index]);
  }, 'for other documents than were sent');
}
