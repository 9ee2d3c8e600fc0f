/** A station at work: an open station with its channel and its uploads running. */
import { EventEmitter } from 'node:events';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { VERSION } from '@enroute/shared/version.ts';
import { replicateChannel } from '@enroute/sync/channel/replicate-channel.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import type { Logger } from 'pino';
import { announceSealed, offerAgain } from './agent/announcer.ts';
import { startDuties } from './agent/duties.ts';
import { forgetReleased } from './agent/forget.ts';
import { writeHeartbeat } from './agent/heartbeat.ts';
import { type LinkStatus, watchLink } from './agent/link-status.ts';
import { startUploader, type UploadProgress } from './agent/uploader.ts';
import {
  type DeskWork,
  type OpenedStation,
  type OpenStationOptions,
  openStation,
  type Standing,
} from './open-station.ts';

export interface StationOptions extends OpenStationOptions {
  readonly gatewayUrl: string;
  readonly timing: StationTiming;
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

export interface StationStatus extends Standing {
  readonly link: LinkStatus;
  readonly clockOffsetMs: number | null;
}

interface StationEvents {
  progress: [UploadProgress];
  /** Queue, link, results or tasks are not what they were. */
  changed: [];
}

export interface Station extends DeskWork {
  readonly events: EventEmitter<StationEvents>;
  status(): Promise<StationStatus>;
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;
/** So often the core is asked whether it takes by now what it has refused. */
const OFFER_AGAIN_MS = 15 * MINUTE_MS;
const RELEASE_EVERY_MS = 60 * MINUTE_MS;
const ANNOUNCE = 'announce';
/** An approval is missing, or whoever gave it is not admitted. */
const ABOUT_THE_APPROVAL: ReadonlySet<StatusCode> = new Set<StatusCode>(['ENR-MAN-006', 'ENR-CMD-004']);

const SOFTWARE = `enroute ${VERSION}`;

/** @throws EnrouteError ENR-STN-004, -005 or -011 when the station can't be opened. Nothing is left running then. */
export async function startStation(options: StationOptions): Promise<Station> {
  const opened = await openStation(options);
  try {
    return await run(opened, options);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** The RID in a manifest's id; undefined for another document. */
function ridOf(id: string): string | undefined {
  return id.startsWith(manifestId('')) ? id.slice(manifestId('').length) : undefined;
}

async function run(opened: OpenedStation, options: StationOptions): Promise<Station> {
  const { timing, now, log } = options;
  const { identity, database, files, packets, inbox, syncNotes } = opened;
  const { station } = identity;
  const events = new EventEmitter<StationEvents>();
  const link = watchLink(now, ({ up, reason }) => {
    log.info({ up, reason }, 'link');
    events.emit('changed');
    // Whatever has waited for the link can go now.
    if (up) uploader.wake();
  });
  const reportLink = (up: boolean, error?: Error): void => {
    link.report(up, error);
    if (up)
      syncNotes.noteSync().catch((cause: unknown) => log.error({ err: cause }, 'the time of contact is not kept'));
  };
  const client = new GatewayClient({ baseUrl: options.gatewayUrl, station, signingKey: identity.signing, now });
  const uploader = startUploader({
    queue: packets,
    files,
    client,
    backOff: { baseMs: timing.retryBaseMs, capMs: timing.retryCapMs },
    stallMs: timing.stallMs,
    onProgress: (progress) => events.emit('progress', progress),
    onLink: reportLink,
    log,
  });
  const channel = replicateChannel({
    client,
    outgoing: database.outgoing,
    incoming: database.incoming,
    pollMs: timing.pollMs,
    retryBaseMs: timing.retryBaseMs,
    retryCapMs: timing.retryCapMs,
    onAccepted: async (id) => {
      const rid = ridOf(id);
      if (rid && (await packets.move(rid, 'EXPECTED'))) uploader.wake();
    },
    onRefused: async (id, code) => {
      const rid = ridOf(id);
      if (rid) await refused(opened, rid, code, log);
      else log.error({ id, code }, 'document refused by the core');
    },
    onUnreadable: (id, code) => log.error({ id, code }, 'a document of the core that can not be read'),
    onLink: reportLink,
    onTrouble: (error) => log.error({ err: error }, 'the channel could not be written to the disk; will try again'),
  });
  const changes = packets.changed$.subscribe(() => events.emit('changed'));
  const heartbeat = { station, queue: packets, clockOffsetMs: () => client.clockOffsetMs, software: SOFTWARE, now };
  const duties = await startDuties(
    [
      { name: ANNOUNCE, everyMs: 0, work: () => announceSealed(packets, database.outgoing) },
      { name: 'catch up', everyMs: 0, work: () => inbox.catchUp() },
      { name: 'offer again', everyMs: OFFER_AGAIN_MS, work: () => offerAgain(packets, database.outgoing) },
      { name: 'heartbeat', everyMs: 0, work: () => writeHeartbeat(heartbeat, database.outgoing) },
      { name: 'release', everyMs: RELEASE_EVERY_MS, work: () => releaseAll(opened, log) },
      {
        name: 'forget',
        everyMs: RELEASE_EVERY_MS,
        isTime: () => link.status.up,
        work: () => forgetReleased(packets, channel, now()),
      },
    ],
    timing.heartbeatMs,
    log,
  );

  return {
    ...opened,
    events,
    enrol: async (request) => {
      const saved = await opened.enrol(request);
      // It is saved, and said to be, whether or not it can be announced at this moment.
      duties.soon(ANNOUNCE);
      return saved;
    },
    approve: async (rids, supervisor) => {
      const decided = await opened.approve(rids, supervisor);
      duties.soon(ANNOUNCE);
      return decided;
    },
    status: async () => ({
      ...(await opened.standing()),
      link: link.status,
      clockOffsetMs: client.clockOffsetMs ?? null,
    }),
    stop: async () => {
      changes.unsubscribe();
      await Promise.all([uploader.stop(), channel.stop(), duties.stop()]);
      await opened.close();
    },
  };
}

/** What the core refused is set aside; what lacks an approval that it asks for goes to the supervisor. */
async function refused({ packets }: OpenedStation, rid: string, code: StatusCode, log: Logger): Promise<void> {
  const isForTheSupervisor = ABOUT_THE_APPROVAL.has(code);
  if (isForTheSupervisor) log.warn({ rid, code }, 'packet waits for the supervisor');
  else log.error({ rid, code }, 'packet set aside');
  const state = isForTheSupervisor ? 'AWAITING_APPROVAL' : 'SET_ASIDE';
  await packets.move(rid, state, { problem: code });
}

async function releaseAll(opened: OpenedStation, log: Logger): Promise<void> {
  for await (const { rid, bytes } of opened.release()) log.info({ rid, bytes }, 'packet released');
}
