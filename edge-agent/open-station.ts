/** A station that is open but has no link: its keys, its queue, and what people do at its desk. */
import { DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import type { Finding } from '@enroute/shared/policy/finding.ts';
import { DEFAULT_STATION_LIMITS, type StationLimits } from '@enroute/shared/policy/station-limits.ts';
import type { LinkPlan } from '@enroute/shared/schemas/link-plan.ts';
import type { ResultContent } from '@enroute/shared/schemas/result.ts';
import type { Task } from '@enroute/shared/schemas/task.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { TakeStep, WriteStep } from '@enroute/sync/courier/steps.ts';
import type { Logger } from 'pino';
import { type CoreDoubt, openCoreDoubt } from './agent/core-doubt.ts';
import { type CoreKeysWatch, followCoreKeys } from './agent/core-keys.ts';
import { type Inbox, openInbox } from './agent/inbox.ts';
import { type MasterDataWatch, watchMasterData } from './agent/master-data.ts';
import { type Released, releaseEnded } from './agent/release.ts';
import { inStationTime } from './clock/capture-times.ts';
import { openStationClock, type StationClock } from './clock/station-clock.ts';
import { uptimeMs } from './clock/uptime.ts';
import { type ExportOrder, exportPackets } from './courier/export-packets.ts';
import { importBundles } from './courier/import-bundles.ts';
import { approve, type Decided, reject, review } from './desk/approve.ts';
import type { Desk } from './desk/desk.ts';
import { type Draft, discardDraft, readDraft, saveDraft } from './desk/drafts.ts';
import { type EnrolRequest, enrol, type Saved } from './desk/enrol.ts';
import { findingsOf } from './desk/findings.ts';
import { type Limits, measureLimits } from './desk/limits.ts';
import { finishRotation, type RotationSite } from './keys/key-rotation.ts';
import { liveCore, liveIdentity } from './keys/live.ts';
import { type PersonSession, signIn } from './keys/people.ts';
import { openIdentity, ownSigningKeys, type StationIdentity } from './keys/station-identity.ts';
import { type TrustedCore, trustedCore, writeTrustedCore } from './keys/trusted-core.ts';
import { lastIssuedAt } from './queue/last-issued.ts';
import type { PacketFiles } from './queue/packet-files.ts';
import type { Queue, Waiting } from './queue/queue.ts';
import type { QueueItem } from './queue/queue-item.ts';
import type { RejectionReason } from './queue/rejection.ts';
import { beginSequence, lastSequence, openRidIssuer, type RidIssuer } from './queue/rid-issuer.ts';
import type { QueueState } from './queue/states.ts';
import type { StationDatabase } from './queue/station-database.ts';
import { openSyncNotes, type SyncNotes } from './queue/sync-notes.ts';
import { openTurns } from './queue/turns.ts';
import { openSound, type SoundStore } from './repair/open-sound.ts';
import { type Verdict, verifyPackets } from './repair/verify.ts';

export interface OpenStationOptions {
  /** Everything that the station keeps. */
  readonly folder: string;
  /** Opens the station's key file. */
  readonly passphrase: string;
  /** The system clock, which may be wrong and may be set while the station runs. */
  readonly now: () => Date;
  /** Counts up whatever the system clock is set to; the machine's own if not given. */
  readonly monotonicMs?: () => number;
  readonly log: Logger;
  /** In place of the defaults, until the core says something of its own. */
  readonly limits?: Partial<StationLimits>;
}

/** How the station stands, apart from its link. */
export interface Standing {
  readonly station: string;
  /** Sealed, and not confirmed by the core. Those that await approval are among them. */
  readonly waiting: Waiting;
  readonly awaitingApproval: Waiting;
  readonly drafts: number;
  readonly setAside: number;
  readonly limits: Limits;
  /** Where the sealed packets lie. */
  readonly packetsFolder: string;
}

/** What people do at a station, with a link or without. */
export interface DeskWork {
  /** @throws EnrouteError ENR-STN-005, or -007 while locked */
  signIn(person: string, password: string): Promise<PersonSession>;
  /** What would be refused or warned of; saves nothing. */
  check(request: EnrolRequest): Promise<Finding[]>;
  /** Resolves when the packet is safe on this disk. @throws EnrouteError with the reason why it was not saved. */
  enrol(request: EnrolRequest): Promise<Saved>;
  /** @returns the RID that it will have. */
  saveDraft(request: EnrolRequest): Promise<string>;
  readDraft(rid: string, operator: PersonSession): Promise<Draft>;
  discardDraft(rid: string, operator: PersonSession): Promise<void>;
  /** What a supervisor has to decide on. */
  review(rid: string, supervisor: PersonSession): Promise<Draft>;
  approve(rids: readonly string[], supervisor: PersonSession): Promise<Decided[]>;
  reject(rids: readonly string[], reason: RejectionReason, supervisor: PersonSession): Promise<Decided[]>;
  /** Newest first. */
  queue(limit: number, state?: QueueState): Promise<QueueItem[]>;
  /** @throws EnrouteError ENR-STN-008 */
  show(rid: string): Promise<QueueItem>;
  /** Looks at one packet on the disk, or at all. */
  verify(rid?: string): AsyncGenerator<Verdict>;
  /** Deletes the bytes of what has ended and need not be kept any longer, by the core's time as it was last known. */
  release(): AsyncGenerator<Released>;
  /** Writes what waits for the core into a courier bundle; nothing changes by it. */
  exportBundle(order: ExportOrder): AsyncGenerator<WriteStep>;
  /** Takes in what the core has sent by courier. */
  importBundles(paths: readonly string[]): AsyncGenerator<TakeStep>;
  result(rid: string): Promise<ResultContent | undefined>;
  openTasks(): Promise<Task[]>;
}

export interface OpenedStation extends DeskWork {
  readonly identity: StationIdentity;
  readonly core: TrustedCore;
  /** Ends a rotation of the station's keys that was begun; does nothing when none was. */
  finishRotation(clientWith: RotationSite['clientWith']): Promise<void>;
  /** Told when the core has new keys, after they count here. */
  onCoreKeys(told: () => Promise<void>): void;
  readonly database: StationDatabase;
  readonly files: PacketFiles;
  readonly packets: Queue;
  readonly inbox: Inbox;
  readonly syncNotes: SyncNotes;
  /** The time that everything here is written and judged by. */
  readonly clock: StationClock;
  readonly rids: RidIssuer;
  readonly doubt: CoreDoubt;
  /** How the core wants the link to be used; undefined where it has said nothing of it. */
  corePlan(): LinkPlan | undefined;
  standing(): Promise<Standing>;
  close(): Promise<void>;
}

/** How long packets are kept after their end, unless the core says otherwise. */
const RETENTION_DAYS = 7;

/**
 * @throws EnrouteError ENR-STN-004, -005 or -011 when the station can't be opened. Nothing is left open then.
 */
export async function openStation(options: OpenStationOptions): Promise<OpenedStation> {
  const { folder, log } = options;
  const clock = openStationClock({ system: options.now, monotonicMs: options.monotonicMs ?? uptimeMs });
  const { now } = clock;
  const ownKeys = liveIdentity(await openIdentity(folder, options.passphrase));
  const coreKeys = liveCore(await trustedCore(folder));
  const [identity, core] = [ownKeys.present, coreKeys.present];
  const store = await openSound({ folder, identity, now, log });
  try {
    const { database, queue, files, drafts } = store;
    const syncNotes = await openSyncNotes(database.counters, now);
    const latest = await recall(clock, syncNotes, database, identity.station);
    const inbox = openInbox(database.incoming, queue, identity, core, log);
    const doubt = await openCoreDoubt(database.counters, now);
    const { incoming, master } = database;
    const masterData = await watchMasterData({ incoming, master, station: identity.station, core, log });
    const listeners: (() => Promise<void>)[] = [];
    const followed = await followCoreKeys({
      incoming,
      station: identity.station,
      core: coreKeys,
      keep: (next) => writeTrustedCore(folder, next),
      onFollowed: async () => {
        await masterData.takeAgain();
        await inbox.beginAnew();
        for (const told of listeners) await told();
      },
      log,
    });
    await beginSequence(database.counters, Math.random());
    const isCoreTime = (): boolean => clock.offsetMs !== undefined;
    const rids = openRidIssuer(database.counters, identity.station, { latest, isCoreTime });
    const desk: Desk = {
      identity,
      core,
      rids,
      turns: openTurns(),
      files,
      drafts,
      queue,
      policy: DEFAULT_ENROLMENT_POLICY,
      masterData: () => masterData.current,
      hasOpenTask: async (rid) => (await inbox.openTasks()).some((task) => task.rid === rid),
      limits: () => {
        const master = masterData.current;
        const limits = master?.limits ?? { ...DEFAULT_STATION_LIMITS, ...options.limits };
        return measureLimits({ folder, queue, syncNotes, limits, approval: master?.approval ?? false, now: now() });
      },
      now,
    };
    const rotate = async (clientWith: RotationSite['clientWith']): Promise<void> => {
      const { passphrase } = options;
      ownKeys.replace(await finishRotation(identity, { folder, passphrase, core, clientWith }));
    };
    const onCoreKeys = (told: () => Promise<void>): void => {
      listeners.push(told);
    };
    const parts = { folder, store, inbox, masterData, followed, syncNotes, doubt, clock, rotate, onCoreKeys, log };
    return open(desk, parts);
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface Parts {
  readonly folder: string;
  readonly store: SoundStore;
  readonly inbox: Inbox;
  readonly masterData: MasterDataWatch;
  readonly followed: CoreKeysWatch;
  readonly rotate: OpenedStation['finishRotation'];
  readonly onCoreKeys: OpenedStation['onCoreKeys'];
  readonly syncNotes: SyncNotes;
  readonly doubt: CoreDoubt;
  readonly clock: StationClock;
  readonly log: Logger;
}

/** Lets the time not be before what the disk tells of. @returns when the last RID was given out. */
async function recall(
  clock: StationClock,
  syncNotes: SyncNotes,
  { queue, counters }: StationDatabase,
  station: string,
): Promise<Date | undefined> {
  const { lastSyncAt } = await syncNotes.read();
  if (lastSyncAt !== null) clock.notBefore(new Date(lastSyncAt));
  const latest = await lastIssuedAt(queue, station, await lastSequence(counters));
  if (latest) clock.notBefore(latest);
  return latest;
}

/** A time that it is at least, however far ahead the clock may be: what is kept for a while must not go early. */
async function certainTime(clock: StationClock, syncNotes: SyncNotes): Promise<Date> {
  if (clock.offsetMs !== undefined) return clock.now();
  const { lastSyncAt } = await syncNotes.read();
  return new Date(lastSyncAt ?? 0);
}

/** Told with the limits, and no limit: enrolling goes on. */
function withFindings(limits: Limits, more: readonly Finding[]): Limits {
  return { ...limits, findings: [...limits.findings, ...more] };
}

function open(desk: Desk, parts: Parts): OpenedStation {
  const { folder, store, inbox, masterData, followed, syncNotes, doubt, clock, rotate, onCoreKeys, log } = parts;
  const { identity, core, files, drafts, queue, rids, now } = desk;
  const { station } = identity;
  // One time for all of a packet, although the core's may be learnt while it is being made.
  const atOnce = (request: EnrolRequest): [EnrolRequest, Desk] => {
    const at = clock.now();
    const enrolment = inStationTime(request.enrolment, { now: () => at, shiftMs: clock.shiftMs });
    return [
      { ...request, enrolment },
      { ...desk, now: () => at },
    ];
  };
  return {
    identity,
    core,
    database: store.database,
    files,
    packets: queue,
    inbox,
    syncNotes,
    clock,
    rids,
    doubt,
    finishRotation: rotate,
    onCoreKeys,
    corePlan: () => desk.masterData()?.link,
    signIn: (person, password) => signIn(folder, person, password, now),
    check: async (request) => findingsOf(...atOnce(request)),
    enrol: async (request) => enrol(...atOnce(request)),
    saveDraft: async (request) => saveDraft(...atOnce(request)),
    readDraft: (rid, operator) => readDraft(rid, operator, desk),
    discardDraft: (rid, operator) => discardDraft(rid, operator, desk),
    review: (rid, supervisor) => review(rid, supervisor, desk),
    approve: (rids, supervisor) => approve(rids, supervisor, desk),
    reject: (rids, reason, supervisor) => reject(rids, reason, supervisor, desk),
    queue: (limit, state) => queue.list(limit, state),
    show: async (rid) => {
      const item = await queue.get(rid);
      if (!item) throw new EnrouteError('ENR-STN-008', rid);
      return item;
    },
    verify: (rid) => verifyPackets({ queue, files, drafts, station, stationKeys: ownSigningKeys(identity) }, rid),
    release: async function* release() {
      if (doubt.since) throw new EnrouteError('ENR-LNK-008');
      const retentionDays = desk.masterData()?.retentionDays ?? RETENTION_DAYS;
      const certain = await certainTime(clock, syncNotes);
      yield* releaseEnded({ queue, files, inbox, retentionDays, now: () => certain });
    },
    exportBundle: (order) => {
      const { signing } = identity;
      return exportPackets(order, { queue, files, station, signing, reader: core.sealingKey, now });
    },
    importBundles: (paths) =>
      importBundles(paths, { incoming: store.database.incoming, identity, core, followKeys: followed.follow }),
    result: (rid) => inbox.result(rid),
    openTasks: () => inbox.openTasks(),
    standing: async () => ({
      station,
      waiting: await queue.waiting(),
      awaitingApproval: await queue.stock('AWAITING_APPROVAL'),
      drafts: queue.total(['DRAFT']).packets,
      setAside: queue.total(['SET_ASIDE']).packets,
      limits: withFindings(await desk.limits(), doubt.findings),
      packetsFolder: files.folder,
    }),
    close: async () => {
      await followed.stop();
      await Promise.all([inbox.stop(), masterData.stop()]);
      // What can't be given back, on a full disk say, is skipped as after a crash.
      await rids.close().catch((error: unknown) => log.error({ err: error }, 'some sequence numbers are skipped'));
      await store.close();
    },
  };
}
