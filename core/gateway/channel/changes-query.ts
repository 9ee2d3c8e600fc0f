/** What may be asked of a channel's feed. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { DOWN_FILTER, MAX_CHANNEL_BATCH, MAX_POLL_MS, POLL_HEARTBEAT_MS } from '@enroute/sync/channel/protocol.ts';
import { z } from 'zod';
import { parseRequest } from './channel-request.ts';
import { seqOf } from './feed-place.ts';

export interface FeedQuery {
  readonly feed: 'normal' | 'longpoll';
  /** The store's own place; undefined for the beginning. */
  readonly since: string | undefined;
  /** The station names no place at all, and has to be told which core this is. */
  readonly isNew: boolean;
  /** Undefined: all there is, however many. 0: none, only how many there are. */
  readonly limit: number | undefined;
  /** How long it waits for the first document. */
  readonly waitMs: number;
  readonly heartbeatMs: number;
  readonly includeDocs: boolean;
}

/** A heartbeat costs a look at the station's rights: a station may not ask for more of them than this. */
const MIN_HEARTBEAT_MS = 250;
/** A replicator's word for the beginning. */
const BEGINNING = '0';

const querySchema = z.object({
  since: z.string().max(5_000).optional(),
  limit: z.coerce.number().int().min(0).max(1_000_000).optional(),
  feed: z.enum(['normal', 'longpoll']).default('normal'),
  timeout: z.coerce.number().int().min(0).default(MAX_POLL_MS),
  heartbeat: z.coerce.number().int().min(MIN_HEARTBEAT_MS).max(POLL_HEARTBEAT_MS).default(POLL_HEARTBEAT_MS),
  // There is nothing else to be had, with the filter or without it.
  filter: z.literal(DOWN_FILTER).optional(),
  include_docs: z.enum(['true', 'false']).default('false'),
  // No document has more than one revision, so it is the same for both.
  style: z.enum(['main_only', 'all_docs']).optional(),
});

/** @throws EnrouteError ENR-CHN-003 with the places where it is wrong */
export function readFeedQuery(query: unknown, epoch: string): FeedQuery {
  const asked = parseRequest(querySchema, query);
  const isBeginning = asked.since === undefined || asked.since === BEGINNING;
  if (asked.feed === 'longpoll' && asked.limit === 0) throw new EnrouteError('ENR-CHN-003', 'limit');
  return {
    feed: asked.feed,
    since: isBeginning ? undefined : seqOf(epoch, asked.since ?? ''),
    isNew: asked.since === undefined,
    limit: asked.feed === 'longpoll' ? Math.min(asked.limit ?? MAX_CHANNEL_BATCH, MAX_CHANNEL_BATCH) : asked.limit,
    waitMs: Math.min(asked.timeout, MAX_POLL_MS),
    heartbeatMs: asked.heartbeat,
    includeDocs: asked.include_docs === 'true',
  };
}
