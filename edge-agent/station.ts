/** A station at work: an open station with its channel and its uploads running. */
import { EventEmitter } from 'node:events';
import type { KeyPair } from '@enroute/shared/crypto/keys.ts';
import { parseRid } from '@enroute/shared/rid/rid.ts';
import type { LinkPlan } from '@enroute/shared/schemas/link-plan.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { VERSION } from '@enroute/shared/version.ts';
import { replicateChannel } from '@enroute/sync/channel/replicate-channel.ts';
import type { ClientCertificate } from '@enroute/sync/link/connections.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import type { LinkManager } from '@enroute/sync/link/link-manager.ts';
import type { LinkStatus } from '@enroute/sync/link/link-status.ts';
import type { Logger } from 'pino';
import { announceSealed, offerAgain, offerToEpoch } from './agent/announcer.ts';
import { askAgain } from './agent/ask-again.ts';
import { noteAccepted, noteRefused } from './agent/core-answers.ts';
import { openCoreEpoch } from './agent/core-epoch.ts';
import { startDuties } from './agent/duties.ts';
import { forgetReleased, orphanSearch } from './agent/forget.ts';
import { writeHeartbeat } from './agent/heartbeat.ts';
import { openStationLink } from './agent/station-link.ts';
import { startUploader, type UploadProgress } from './agent/uploader.ts';
import {
  type DeskWork,
  type OpenedStation,
  type OpenStationOptions,
  openStation,
  type Standing,
} from './open-station.ts';
import { isHeldUpOnTheWay } from './queue/queue-item.ts';
import { UNSENT_STATES } from './queue/states.ts';

export interface StationOptions extends OpenStationOptions {
  readonly gatewayUrl: string;
  /** PEM of the country's own authority, when the gateway's certificate is from there. */
  readonly ca?: string | undefined;
  /** Shown to a gateway that asks for one. */
  readonly certificate?: ClientCertificate | undefined;
  readonly timing: StationTiming;
  /** How the link may be used for packets, until the core says otherwise; as one likes when left out. */
  readonly plan?: LinkPlan;
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
  pollMs: 10 * 60_000,
  stallMs: 30_000,
  heartbeatMs: 60_000,
};

export interface StationStatus extends Standing {
  readonly link: LinkStatus;
  /** Of packets on their way up, what the core lacks, as far as it has said. */
  readonly unsentBytes: number;
  /** The system clock minus the core's; null until the core was heard. */
  readonly clockOffsetMs: number | null;
  /** Since when it has been seen to be wrong; null while it is not. */
  readonly clockWrongSince: string | null;
}

interface StationEvents {
  progress: [UploadProgress];
  /** Queue, link, results or tasks are not what they were. */
  changed: [];
}

export interface Station extends DeskWork {
  readonly events: EventEmitter<StationEvents>;
  /** Stopping the link, resuming it, and trying it at once are for people. */
  readonly link: Pick<LinkManager, 'pause' | 'resume' | 'tryNow'>;
  status(): Promise<StationStatus>;
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;
/** So often the core is asked whether it takes by now what it has refused. */
const OFFER_AGAIN_MS = 15 * MINUTE_MS;
const RELEASE_EVERY_MS = 60 * MINUTE_MS;
/** So often it is looked whether packets were sent long ago, and no receipt has come. */
const ASK_AGAIN_MS = 10 * MINUTE_MS;
/** A packet that fails for itself while others go is tried so much more seldom than a link that is down. */
const PASSED_OVER_TIMES = 10;
const ANNOUNCE = 'announce';

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
  const { timing, log } = options;
  const { identity, database, files, packets, inbox, clock } = opened;
  const { now } = clock;
  const { station } = identity;
  const events = new EventEmitter<StationEvents>();
  const { link, stop: stopLink } = await openStationLink(opened, {
    backOff: { baseMs: timing.retryBaseMs, capMs: timing.retryCapMs },
    plan: options.plan ?? {},
    onChange: () => events.emit('changed'),
    log,
  });
  const clientWith = (signingKey: KeyPair | (() => KeyPair)): GatewayClient =>
    new GatewayClient({
      baseUrl: options.gatewayUrl,
      ca: options.ca,
      certificate: options.certificate,
      station,
      signingKey,
      now: options.now,
      onClockOffset: (offsetMs) => clock.observe(offsetMs),
    });
  const client = clientWith(() => identity.signing);
  const uploader = startUploader({
    queue: packets,
    files,
    client,
    link,
    stallMs: timing.stallMs,
    passOver: { baseMs: timing.retryBaseMs * PASSED_OVER_TIMES, capMs: timing.retryCapMs * PASSED_OVER_TIMES },
    onProgress: (progress) => events.emit('progress', progress),
    log,
  });
  const epoch = await openCoreEpoch({
    master: database.master,
    station,
    core: opened.core,
    offer: (next) => offerToEpoch(next, packets, database.outgoing),
    onHighestRid: (rid) => opened.rids.raise(parseRid(rid).sequence),
    log,
  });
  opened.onCoreKeys(() => epoch.hearAgain());
  const channel = replicateChannel({
    client,
    link,
    outgoing: database.outgoing,
    incoming: database.incoming,
    pollMs: timing.pollMs,
    knownEpoch: () => epoch.known,
    onCoreWord: (word) => epoch.hear(word),
    onPlace: (isOfKnownEpoch) => opened.doubt.note(isOfKnownEpoch),
    onAccepted: async (id, wanted, ended) => {
      const rid = ridOf(id);
      if (rid && (await noteAccepted({ rid, wanted, ended }, packets, inbox))) uploader.wake();
    },
    onRefused: async (id, code) => {
      const rid = ridOf(id);
      if (rid) log.error({ rid, code, state: await noteRefused(rid, code, packets) }, 'packet refused by the core');
      else log.error({ id, code }, 'document refused by the core');
    },
    onUnreadable: (id, code) => log.error({ id, code }, 'a document of the core that can not be read'),
    onTrouble: (error) => log.error({ err: error }, 'the channel could not be written to the disk; will try again'),
  });
  const askForReceipts = async (): Promise<void> => {
    if ((await askAgain(packets, now())) > 0) uploader.wake();
  };
  // The core may know the new keys only, and turn away whoever comes with the old ones.
  const finishRotation = async (): Promise<void> => {
    await opened.finishRotation(clientWith);
    log.warn({ signing: identity.signing.keyId }, 'the keys of the station are rotated');
    link.tryNow();
  };
  const forgetOrphans = orphanSearch(packets, database.incoming, channel);
  const changes = packets.changed$.subscribe(() => events.emit('changed'));
  const mayRelease = (): boolean => clock.offsetMs !== undefined && opened.doubt.since === undefined;
  // It waits for what is on its way up.
  const mayForget = (): boolean => link.status.up && packets.total(UNSENT_STATES).packets === 0;
  const heartbeat = { station, queue: packets, clockOffsetMs: () => clock.offsetMs, software: SOFTWARE, now };
  const duties = startDuties(
    [
      { name: 'finish rotation', everyMs: 0, isTime: () => identity.next !== undefined, work: finishRotation },
      { name: ANNOUNCE, everyMs: 0, work: () => announceSealed(packets, database.outgoing) },
      { name: 'catch up', everyMs: 0, work: () => inbox.catchUp() },
      { name: 'offer again', everyMs: OFFER_AGAIN_MS, work: () => offerAgain(packets, database.outgoing) },
      {
        name: 'offer what was held up',
        everyMs: Number.POSITIVE_INFINITY,
        work: () => offerAgain(packets, database.outgoing, isHeldUpOnTheWay),
      },
      { name: 'ask again', everyMs: ASK_AGAIN_MS, work: () => askForReceipts() },
      { name: 'heartbeat', everyMs: 0, work: () => writeHeartbeat(heartbeat, database.outgoing) },
      { name: 'release', everyMs: RELEASE_EVERY_MS, isTime: mayRelease, work: () => releaseAll(opened, log) },
      {
        name: 'forget',
        everyMs: RELEASE_EVERY_MS,
        isTime: mayForget,
        work: () => forgetReleased(packets, channel, now()),
      },
      { name: 'forget orphans', everyMs: RELEASE_EVERY_MS, isTime: mayForget, work: forgetOrphans },
    ],
    timing.heartbeatMs,
    log,
  );

  return {
    ...opened,
    events,
    link,
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
      unsentBytes: Math.max(0, packets.total(UNSENT_STATES).bytes - uploader.begunBytes),
      clockOffsetMs: clock.offsetMs ?? null,
      clockWrongSince: clock.wrongSince?.toISOString() ?? null,
    }),
    stop: async () => {
      changes.unsubscribe();
      await Promise.all([uploader.stop(), channel.stop(), duties.stop()]);
      await stopLink();
      await client.close();
      await opened.close();
    },
  };
}

async function releaseAll(opened: OpenedStation, log: Logger): Promise<void> {
  for await (const { rid, bytes } of opened.release()) log.info({ rid, bytes }, 'packet released');
}
