/**
 * Tells the supervisor, through the channel, how the station's queue stands: when it has changed, and otherwise now and
 * then. A link that is paid for by the byte is not to carry the same word every minute.
 */
import { isDeepStrictEqual } from 'node:util';
import { HEARTBEAT_ID, type Heartbeat, heartbeatSchema } from '@enroute/shared/schemas/heartbeat.ts';
import type { ChannelCollection } from '@enroute/sync/channel/collections.ts';
import type { Queue } from '../queue/queue.ts';

export interface HeartbeatSource {
  readonly station: string;
  readonly queue: Queue;
  readonly clockOffsetMs: () => number | undefined;
  readonly software: string;
  readonly now: () => Date;
}

/** What says the same as before is said again after so long. */
const SAME_AGAIN_MS = 10 * 60_000;
/** Clocks drift, and the way takes more or less time: a smaller difference is no news. */
const OFFSET_NEWS_MS = 5_000;

export async function writeHeartbeat(source: HeartbeatSource, outgoing: ChannelCollection): Promise<void> {
  const body: Heartbeat = {
    v: 1,
    station: source.station,
    at: source.now().toISOString(),
    waiting: await source.queue.waiting(),
    setAside: source.queue.total(['SET_ASIDE']).packets,
    clockOffsetMs: source.clockOffsetMs() ?? null,
    software: source.software,
  };
  const before = heartbeatSchema.safeParse((await outgoing.findOne(HEARTBEAT_ID).exec())?.toMutableJSON().body);
  if (before.success && !isNews(body, before.data)) return;
  await outgoing.incrementalUpsert({ id: HEARTBEAT_ID, body });
}

function isNews(body: Heartbeat, before: Heartbeat): boolean {
  const { at, clockOffsetMs, ...rest } = body;
  const { at: atBefore, clockOffsetMs: offsetBefore, ...restBefore } = before;
  // Whichever way the clock was set meanwhile.
  if (Math.abs(Date.parse(at) - Date.parse(atBefore)) >= SAME_AGAIN_MS) return true;
  if ((clockOffsetMs === null) !== (offsetBefore === null)) return true;
  if (Math.abs((clockOffsetMs ?? 0) - (offsetBefore ?? 0)) >= OFFSET_NEWS_MS) return true;
  return !isDeepStrictEqual(rest, restBefore);
}
