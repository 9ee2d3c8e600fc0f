/**
 * The two requests of a channel, each made when the link lets it. What is no answer of the core is a failure of the link;
 * what the core says of the request itself comes back as a value, for it is no reason to wait.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { z } from 'zod';
import { Refusal } from '../link/answer.ts';
import type { GatewayClient } from '../link/gateway-client.ts';
import type { Link } from '../link/link.ts';
import { LinkError } from '../link/link-error.ts';
import { channelName } from './documents.ts';
import {
  type BulkDocsAnswer,
  bulkDocsAnswerSchema,
  type ChangesAnswer,
  changesAnswerSchema,
  DOWN_FILTER,
  lateRefusalSchema,
  MAX_CHANNEL_BATCH,
  POLL_HEARTBEAT_MS,
} from './protocol.ts';
import { type UpDoc, WholeRefusal } from './send-batch.ts';

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
  bulkDocs(docs: readonly UpDoc[]): Promise<BulkDocsAnswer | WholeRefusal>;
  /**
   * @param since undefined for the beginning
   * @param how `wait` for the first document, unless the request has to find out whether the link is up
   * @returns 'unknown place' when the core does not know `since`.
   */
  changes(since: string | undefined, how: 'wait' | 'at once'): Promise<ChangesAnswer | 'unknown place'>;
}

const REQUEST_DEADLINE_MS = 60_000;
/** No byte for so many heartbeats: whoever should send them is not there any more. */
const MISSED_HEARTBEATS = 2.5;

export function channelRequests(options: ChannelRequestsOptions): ChannelRequests {
  const { client, link, pollMs, stopping } = options;
  const channel = channelName(client.station);
  const heartbeatMs = options.pollHeartbeatMs ?? POLL_HEARTBEAT_MS;

  async function changes(
    since: string | undefined,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<ChangesAnswer | 'unknown place'> {
    const query = new URLSearchParams({ include_docs: 'true', filter: DOWN_FILTER, limit: String(MAX_CHANNEL_BATCH) });
    if (since !== undefined) query.set('since', since);
    const path = `${channel}/_changes?${query}`;
    const poll = `&feed=longpoll&timeout=${waitMs}&heartbeat=${heartbeatMs}`;
    const answer =
      waitMs === 0
        ? client.request({ method: 'GET', path, deadlineMs: REQUEST_DEADLINE_MS, signal })
        : client.request({
            method: 'GET',
            path: path + poll,
            lane: 'poll',
            deadlineMs: REQUEST_DEADLINE_MS + waitMs,
            stallMs: MISSED_HEARTBEATS * heartbeatMs,
            signal,
          });
    const isUnknownPlace = (error: unknown): boolean =>
      since !== undefined && error instanceof EnrouteError && error.code === 'ENR-CHN-003';
    const told = await answer.catch((error: unknown) => {
      if (isUnknownPlace(error)) return 'unknown place' as const;
      throw error;
    });
    if (told === 'unknown place') return told;
    const late = lateRefusalSchema.safeParse(told);
    if (!late.success) return answerOf(changesAnswerSchema, told);
    const refusal = new Refusal(late.data.error, late.data.status, undefined);
    if (isUnknownPlace(refusal)) return 'unknown place';
    throw refusal;
  }

  return {
    bulkDocs: (docs) =>
      link.use('control', stopping, async ({ signal }) => {
        try {
          const body = { docs };
          const path = `${channel}/_bulk_docs`;
          const told = await client.request({ method: 'POST', path, body, deadlineMs: REQUEST_DEADLINE_MS, signal });
          const answer = answerOf(bulkDocsAnswerSchema, told);
          requireAnswerFor(docs, answer);
          return answer;
        } catch (error) {
          const whole = docs.length > 0 && WholeRefusal.in(error);
          if (whole) return whole;
          throw error;
        }
      }),
    changes: (since, how) =>
      link.use('control', stopping, ({ isProbe, signal }) => {
        return changes(since, how === 'wait' && !isProbe ? pollMs : 0, signal);
      }),
  };
}

function answerOf<T>(schema: z.ZodType<T>, told: unknown): T {
  const answer = schema.safeParse(told);
  if (answer.success) return answer.data;
  throw new LinkError("not the core's answer", answer.error);
}

function requireAnswerFor(docs: readonly UpDoc[], answer: BulkDocsAnswer): void {
  const asked = docs.map(({ _id }) => _id).sort();
  const answered = answer.map(({ id }) => id).sort();
  if (asked.length === answered.length && asked.every((id, index) => id === answered[index])) return;
  throw new LinkError('the core answered for other documents than were sent');
}
