/**
 * How far a station may go on enrolling while it can't send: each limit warns before it refuses, so that nobody learns at
 * the desk, with a person before them, that the day is over.
 */
import type { StatusCode } from '../status/codes.ts';
import { type Finding, refusal, refusalsFirst, warning } from './finding.ts';

/** `null` is no limit. */
export interface Threshold {
  readonly warn: number | null;
  readonly refuse: number | null;
}

export interface StationLimits {
  /** Disk space that is left to the system, to logs and to the databases. */
  readonly diskReserveBytes: number;
  /** When the disk has room for fewer packets than this. */
  readonly diskRoomPackets: Threshold;
  /** When so many packets wait to be sent. */
  readonly waitingPackets: Threshold;
  /** When the oldest of them has waited for longer. */
  readonly waitingDays: Threshold;
  /** The same, of enrolments that wait for the supervisor. */
  readonly approvalPackets: Threshold;
  readonly approvalDays: Threshold;
  /** When the core was last heard of longer ago. */
  readonly syncDays: Threshold;
}

/**
 * | limit | MOSIP's client | here |
 * |---|---|---|
 * | disk | 5 MB free, which is one packet | 256 MiB reserve, then room for 5 packets |
 * | packets not sent | 70 | 2 000: weeks without a link at a busy desk |
 * | oldest not sent | – | 60 days |
 * | packets that wait for approval | 100 | 100 |
 * | oldest of them | 50 days | 50 days |
 * | last contact | 100 days | 100 days |
 */
export const DEFAULT_STATION_LIMITS: StationLimits = {
  diskReserveBytes: 256 * 1024 * 1024,
  diskRoomPackets: { warn: 200, refuse: 5 },
  waitingPackets: { warn: 1_600, refuse: 2_000 },
  waitingDays: { warn: 14, refuse: 60 },
  approvalPackets: { warn: 80, refuse: 100 },
  approvalDays: { warn: 30, refuse: 50 },
  syncDays: { warn: 14, refuse: 100 },
};

/** Times are ISO 8601 in UTC, by the station's clock. */
export interface LimitFacts {
  readonly freeBytes: number;
  /** What one enrolment takes on the disk. */
  readonly typicalPacketBytes: number;
  /** Sealed, and not confirmed by the core; `oldest`: when the oldest of them was sealed. */
  readonly waiting: { readonly packets: number; readonly oldest: string | null };
  /** null where no approval is asked for: then nothing that is enrolled waits for it. */
  readonly awaitingApproval: { readonly packets: number; readonly oldest: string | null } | null;
  /** When the core last answered; null when it never did. */
  readonly lastSyncAt: string | null;
  /** When the station was set up: what counts while the core has never answered. */
  readonly since: string;
  readonly now: string;
}

export interface LimitVerdict {
  /** How many more enrolments until a limit of disk or number refuses the next; null when none of them is set. */
  readonly roomFor: number | null;
  /** Refusals first. A station with a refusal takes no new enrolment. */
  readonly findings: readonly Finding[];
}

const DAY_MS = 24 * 60 * 60_000;

export function judgeLimits(facts: LimitFacts, limits: StationLimits): LimitVerdict {
  const { waiting, awaitingApproval, now } = facts;
  const diskRoom = Math.floor((facts.freeBytes - limits.diskReserveBytes) / Math.max(1, facts.typicalPacketBytes));
  const atDisk = judge(
    'ENR-LIM-001',
    limits.diskRoomPackets,
    (least) => diskRoom < least,
    `${Math.max(0, diskRoom)} more`,
  );
  const countOf = (code: StatusCode, packets: number, threshold: Threshold): Finding[] =>
    judge(code, threshold, (most) => packets >= most, `${packets} packets`);
  const ageOf = (code: StatusCode, since: string | null, threshold: Threshold): Finding[] => {
    const days = since === null ? 0 : (Date.parse(now) - Date.parse(since)) / DAY_MS;
    return judge(code, threshold, (most) => days > most, `${Math.floor(days)} days`);
  };
  const findings = [
    ...atDisk,
    ...countOf('ENR-LIM-002', waiting.packets, limits.waitingPackets),
    ...ageOf('ENR-LIM-003', waiting.oldest, limits.waitingDays),
    ...(awaitingApproval ? countOf('ENR-LIM-004', awaitingApproval.packets, limits.approvalPackets) : []),
    ...(awaitingApproval ? ageOf('ENR-LIM-005', awaitingApproval.oldest, limits.approvalDays) : []),
    ...ageOf('ENR-LIM-006', facts.lastSyncAt ?? facts.since, limits.syncDays),
  ];
  const room = [
    // With room for exactly the least that is allowed, one more is taken.
    untilRefused(limits.diskRoomPackets, (least) => diskRoom - least + 1),
    untilRefused(limits.waitingPackets, (most) => most - waiting.packets),
    awaitingApproval ? untilRefused(limits.approvalPackets, (most) => most - awaitingApproval.packets) : [],
  ].flat();
  return {
    roomFor: room.length === 0 ? null : Math.max(0, Math.min(...room)),
    findings: refusalsFirst(findings),
  };
}

function judge(
  code: StatusCode,
  { warn, refuse }: Threshold,
  isOver: (bound: number) => boolean,
  detail: string,
): Finding[] {
  if (refuse !== null && isOver(refuse)) return [refusal(code, detail)];
  return warn !== null && isOver(warn) ? [warning(code, detail)] : [];
}

function untilRefused({ refuse }: Threshold, packets: (bound: number) => number): number[] {
  return refuse === null ? [] : [packets(refuse)];
}
