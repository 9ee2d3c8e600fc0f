/** A station without a window: store, queue, channel and uploads, wired together and running. */
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import type { ResultContent } from '@enroute/shared/schemas/result.ts';
import type { Task } from '@enroute/shared/schemas/task.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { replicateChannel } from '@enroute/sync/channel/replicate-channel.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import type { Logger } from 'pino';
import { announceSealed } from './agent/announcer.ts';
import { type EnrolRequest, enrol, type Saved } from './agent/enrol.ts';
import { writeHeartbeat } from './agent/heartbeat.ts';
import { openInbox } from './agent/inbox.ts';
import { startUploader, type UploadProgress } from './agent/uploader.ts';
import { type OperatorSession, openIdentity, signIn, trustedCore } from './keys/station-identity.ts';
import { openPacketFiles } from './queue/packet-files.ts';
import { openQueue, type Waiting } from './queue/queue.ts';
import type { QueueItem } from './queue/queue-item.ts';
import { openStationDatabase } from './queue/station-database.ts';

export interface StationOptions {
  /** Everything that the station keeps. */
  readonly folder: string;
  /** Opens the station's key file. */
  readonly passphrase: string;
  readonly gatewayUrl: string;
  readonly timing: StationTiming;
  readonly now: () => Date;
  readonly log: Logger;
}

export interface StationTiming {
  /** Waits after a failure of the link lie between 0 and a bound that doubles from base to cap. */
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  /** How long the core may hold the long poll open. */
  readonly pollMs: number;
  /** An upload in which no byte moves for so long is given up. */
  readonly stallMs: number;
  readonly heartbeatMs: number;
}

export const FIELD_TIMING: StationTiming = {
  retryBaseMs: 1_000,
  retryCapMs: 60_000,
  pollMs: 50_000,
  stallMs: 30_000,
  heartbeatMs: 60_000,
};

export interface LinkStatus {
  readonly up: boolean;
  /** Since when it has been so (ISO 8601). */
  readonly since: string;
  /** Why it is down. */
  readonly reason: string | null;
}

export interface StationStatus {
  readonly station: string;
  readonly link: LinkStatus;
  readonly waiting: Waiting;
  readonly setAside: number;
  readonly clockOffsetMs: number | null;
  /** Where the sealed packets lie. */
  readonly packetsFolder: string;
}

interface StationEvents {
  progress: [UploadProgress];
  /** Queue, link, results or tasks are not what they were. */
  changed: [];
}

export interface Station {
  readonly events: EventEmitter<StationEvents>;
  /** @throws EnrouteError ENR-STN-005 */
  signIn(operator: string, password: string): Promise<OperatorSession>;
  /** Resolves when the packet is safe on this disk. @throws EnrouteError with the reason why it was not saved. */
  enrol(request: EnrolRequest): Promise<Saved>;
  status(): Promise<StationStatus>;
  /** Newest first. */
  queue(limit: number): Promise<QueueItem[]>;
  result(rid: string): Promise<ResultContent | undefined>;
  openTasks(): Promise<Task[]>;
  stop(): Promise<void>;
}

export const SOFTWARE = 'enroute 0.1.0';

/** @throws EnrouteError ENR-STN-004 or -005 when the station can't be opened. */
export async function startStation(options: StationOptions): Promise<Station> {
  const { folder, timing, now, log } = options;
  const identity = await openIdentity(folder, options.passphrase);
  const core = await trustedCore(folder);
  const { station } = identity;
  const database = await openStationDatabase({
    folder: join(folder, 'store'),
    onFatal: (error) => log.fatal({ err: error }, 'the store is failing; stop the station and check the disk'),
  });
  const files = openPacketFiles(join(folder, 'packets'));
  const queue = openQueue(database.queue, now);
  await files.tidy(async (rid) => (await queue.get(rid)) !== undefined);

  const events = new EventEmitter<StationEvents>();
  let link: LinkStatus = { up: false, since: now().toISOString(), reason: null };
  const onLink = (up: boolean, error?: Error): void => {
    const reason = up ? null : (error?.message ?? null);
    if (link.up !== up) log.info({ up, reason }, 'link');
    link = { up, since: link.up === up ? link.since : now().toISOString(), reason };
    events.emit('changed');
    // Whatever has waited for the link can go now.
    if (up) uploader.wake();
  };

  const client = new GatewayClient({ baseUrl: options.gatewayUrl, station, signingKey: identity.signing, now });
  const uploader = startUploader({
    queue,
    files,
    client,
    backOff: { baseMs: timing.retryBaseMs, capMs: timing.retryCapMs },
    stallMs: timing.stallMs,
    onProgress: (progress) => events.emit('progress', progress),
    onLink: (up, error) => {
      if (up !== link.up) onLink(up, error);
    },
    log,
  });
  const inbox = openInbox(database.incoming, queue, identity, core, log);
  await inbox.catchUp();
  await announceSealed(queue, database.outgoing);
  const channel = replicateChannel({
    client,
    outgoing: database.outgoing,
    incoming: database.incoming,
    pollMs: timing.pollMs,
    retryBaseMs: timing.retryBaseMs,
    retryCapMs: timing.retryCapMs,
    onRefused: (id, code) => void setAside(id, code),
    onLink,
  });

  async function setAside(id: string, code: StatusCode): Promise<void> {
    log.error({ id, code }, 'document refused by the core');
    if (id.startsWith('manifest:')) await queue.move(id.slice('manifest:'.length), 'SET_ASIDE', { problem: code });
  }

  const source = { station, queue, clockOffsetMs: () => client.clockOffsetMs, software: SOFTWARE, now };
  const beat = (): void => {
    writeHeartbeat(source, database.outgoing).catch((error: unknown) => log.error({ err: error }, 'heartbeat'));
  };
  const beating = setInterval(beat, timing.heartbeatMs);
  const changes = queue.changed$.subscribe(() => events.emit('changed'));
  beat();

  return {
    events,
    signIn: (operator, password) => signIn(folder, operator, password),
    enrol: async (request) => {
      const using = {
        identity,
        core,
        counters: database.counters,
        files,
        queue,
        policy: DEFAULT_ENROLMENT_POLICY,
        now,
      };
      const saved = await enrol(request, using);
      await announceSealed(queue, database.outgoing);
      uploader.wake();
      return saved;
    },
    status: async () => ({
      station,
      link,
      waiting: await queue.waiting(),
      setAside: await queue.count('SET_ASIDE'),
      clockOffsetMs: client.clockOffsetMs ?? null,
      packetsFolder: files.folder,
    }),
    queue: (limit) => queue.list(limit),
    result: (rid) => inbox.result(rid),
    openTasks: () => inbox.openTasks(),
    stop: async () => {
      clearInterval(beating);
      changes.unsubscribe();
      inbox.stop();
      await Promise.all([uploader.stop(), channel.stop()]);
      await database.close();
    },
  };
}
