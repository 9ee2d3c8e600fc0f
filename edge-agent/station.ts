/** A station without a window: store, queue, channel and uploads, wired together and running. */
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import type { CoreCard } from '@enroute/shared/schemas/cards.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import type { ResultContent } from '@enroute/shared/schemas/result.ts';
import type { Task } from '@enroute/shared/schemas/task.ts';
import { VERSION } from '@enroute/shared/version.ts';
import { replicateChannel } from '@enroute/sync/channel/replicate-channel.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import type { Logger } from 'pino';
import { announceSealed, offerAgain } from './agent/announcer.ts';
import { type EnrolRequest, enrol, type Saved } from './agent/enrol.ts';
import { writeHeartbeat } from './agent/heartbeat.ts';
import { openInbox } from './agent/inbox.ts';
import { type LinkStatus, watchLink } from './agent/link-status.ts';
import { startUploader, type UploadProgress } from './agent/uploader.ts';
import {
  type OperatorSession,
  openIdentity,
  type StationIdentity,
  signIn,
  trustedCore,
} from './keys/station-identity.ts';
import { openPacketFiles, type PacketFiles } from './queue/packet-files.ts';
import { openQueue, type Queue, type Waiting } from './queue/queue.ts';
import type { QueueItem } from './queue/queue-item.ts';
import { openStationDatabase, type StationDatabase } from './queue/station-database.ts';

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

/** So often the core is asked whether it takes by now what it has refused. */
const OFFER_AGAIN_MS = 15 * 60_000;

const SOFTWARE = `enroute ${VERSION}`;

/** @throws EnrouteError ENR-STN-004 or -005 when the station can't be opened. Nothing is left running then. */
export async function startStation(options: StationOptions): Promise<Station> {
  const { folder, log } = options;
  const identity = await openIdentity(folder, options.passphrase);
  const core = await trustedCore(folder);
  const database = await openStationDatabase({
    station: identity.station,
    folder: join(folder, 'store'),
    onFatal: (error) => log.fatal({ err: error }, 'the store is failing; stop the station and check the disk'),
  });
  try {
    const files = openPacketFiles(join(folder, 'packets'));
    const queue = openQueue(database.queue, options.now);
    await files.tidy(async (rid) => (await queue.get(rid)) !== undefined);
    return await run({ ...options, identity, core, database, files, queue });
  } catch (error) {
    await database.close();
    throw error;
  }
}

interface Parts extends StationOptions {
  readonly identity: StationIdentity;
  readonly core: CoreCard;
  readonly database: StationDatabase;
  readonly files: PacketFiles;
  readonly queue: Queue;
}

/** The RID in a manifest's id; undefined for another document. */
function ridOf(id: string): string | undefined {
  return id.startsWith(manifestId('')) ? id.slice(manifestId('').length) : undefined;
}

async function run(parts: Parts): Promise<Station> {
  const { folder, timing, now, log, identity, core, database, files, queue } = parts;
  const { station } = identity;
  const events = new EventEmitter<StationEvents>();
  const link = watchLink(now, ({ up, reason }) => {
    log.info({ up, reason }, 'link');
    events.emit('changed');
    // Whatever has waited for the link can go now.
    if (up) uploader.wake();
  });
  const client = new GatewayClient({ baseUrl: parts.gatewayUrl, station, signingKey: identity.signing, now });
  const uploader = startUploader({
    queue,
    files,
    client,
    backOff: { baseMs: timing.retryBaseMs, capMs: timing.retryCapMs },
    stallMs: timing.stallMs,
    onProgress: (progress) => events.emit('progress', progress),
    onLink: (up, error) => link.report(up, error),
    log,
  });
  const inbox = openInbox(database.incoming, queue, identity, core, log);
  const channel = replicateChannel({
    client,
    outgoing: database.outgoing,
    incoming: database.incoming,
    pollMs: timing.pollMs,
    retryBaseMs: timing.retryBaseMs,
    retryCapMs: timing.retryCapMs,
    onAccepted: async (id) => {
      const rid = ridOf(id);
      if (rid && (await queue.move(rid, 'EXPECTED'))) uploader.wake();
    },
    onRefused: async (id, code) => {
      const rid = ridOf(id);
      log.error({ id, code }, rid ? 'packet set aside' : 'document refused by the core');
      if (rid) await queue.move(rid, 'SET_ASIDE', { problem: code });
    },
    onUnreadable: (id, code) => log.error({ id, code }, 'a document of the core that can not be read'),
    onLink: (up, error) => link.report(up, error),
    onTrouble: (error) => log.error({ err: error }, 'the channel could not be written to the disk; will try again'),
  });
  const changes = queue.changed$.subscribe(() => events.emit('changed'));

  const heartbeat = { station, queue, clockOffsetMs: () => client.clockOffsetMs, software: SOFTWARE, now };
  let stopping = false;
  /** What a full disk or a crash has left undone is taken up again, and the supervisor is told how the queue stands. */
  async function beat(): Promise<void> {
    for (const [work, duty] of [
      ['announce', () => announce()],
      ['inbox', () => inbox.catchUp()],
      ['offer again', offerAgainInTime],
      ['heartbeat', () => writeHeartbeat(heartbeat, database.outgoing)],
    ] as const) {
      if (stopping) return;
      await duty().catch((error: unknown) => log.error({ err: error, work }, 'will try again in a while'));
    }
  }
  /** At the start, and then now and again. */
  let offeredAt = Number.NEGATIVE_INFINITY;
  async function offerAgainInTime(): Promise<void> {
    if (performance.now() - offeredAt < OFFER_AGAIN_MS) return;
    await offerAgain(queue, database.outgoing);
    offeredAt = performance.now();
  }
  async function announce(): Promise<void> {
    await announceSealed(queue, database.outgoing);
  }
  let beating = beat();
  await beating;
  const timer = setInterval(() => {
    beating = beating.then(beat);
  }, timing.heartbeatMs);

  return {
    events,
    signIn: (operator, password) => signIn(folder, operator, password),
    enrol: async (request) => {
      const { counters } = database;
      const saved = await enrol(request, {
        identity,
        core,
        counters,
        files,
        queue,
        policy: DEFAULT_ENROLMENT_POLICY,
        now,
      });
      // It is saved, and said to be, whether or not it can be announced at this moment.
      await announce().catch((error: unknown) => log.error({ err: error, rid: saved.rid }, 'not announced yet'));
      return saved;
    },
    status: async () => ({
      station,
      link: link.status,
      waiting: await queue.waiting(),
      setAside: await queue.count('SET_ASIDE'),
      clockOffsetMs: client.clockOffsetMs ?? null,
      packetsFolder: files.folder,
    }),
    queue: (limit) => queue.list(limit),
    result: (rid) => inbox.result(rid),
    openTasks: () => inbox.openTasks(),
    stop: async () => {
      stopping = true;
      clearInterval(timer);
      changes.unsubscribe();
      await Promise.all([uploader.stop(), channel.stop(), inbox.stop(), beating]);
      await database.close();
    },
  };
}
