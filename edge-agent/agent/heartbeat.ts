/** Tells the supervisor, through the channel, how the station's queue stands. */
import { HEARTBEAT_ID, type Heartbeat } from '@enroute/shared/schemas/heartbeat.ts';
import type { ChannelCollection } from '@enroute/sync/channel/collections.ts';
import type { Queue } from '../queue/queue.ts';

export interface HeartbeatSource {
  readonly station: string;
  readonly queue: Queue;
  readonly clockOffsetMs: () => number | undefined;
  readonly software: string;
  readonly now: () => Date;
}

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
  await outgoing.incrementalUpsert({ id: HEARTBEAT_ID, body });
}
