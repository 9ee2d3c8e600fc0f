/** What the page says about a station at a given time: pure, so that it can be tested without waiting. */
import type { StationStatus } from '../../../ops/station-status-schema.ts';
import { CLOCK_OFF_MS, LATE_AFTER_MS, OLDEST_WAITING_TOO_OLD_MS, SILENT_AFTER_MS } from './thresholds.ts';

/** Worst first, as they are sorted. */
export const LINKS = ['never', 'silent', 'late', 'online'] as const;
export type Link = (typeof LINKS)[number];

export interface StationView {
  readonly status: StationStatus;
  readonly link: Link;
  /** How long ago the oldest waiting packet was saved; null when there is none. */
  readonly oldestAgeMs: number | null;
  readonly oldestTooOld: boolean;
  readonly clockOff: boolean;
}

/** @param nowMs by the core's clock. */
export function viewOf(status: StationStatus, nowMs: number): StationView {
  const oldestAgeMs = oldestAge(status, nowMs);
  return {
    status,
    link: linkOf(status.lastSeen, nowMs),
    oldestAgeMs,
    oldestTooOld: oldestAgeMs !== null && oldestAgeMs > OLDEST_WAITING_TOO_OLD_MS,
    clockOff: Math.abs(status.clockOffsetMs ?? 0) > CLOCK_OFF_MS,
  };
}

function linkOf(lastSeen: string | null, nowMs: number): Link {
  if (lastSeen === null) return 'never';
  const ageMs = nowMs - Date.parse(lastSeen);
  if (ageMs > SILENT_AFTER_MS) return 'silent';
  return ageMs > LATE_AFTER_MS ? 'late' : 'online';
}

/** By the core's time, which the station keeps once it was heard; what was saved before by a clock ahead looks new. */
function oldestAge({ waiting }: StationStatus, nowMs: number): number | null {
  if (!waiting?.oldest) return null;
  return Math.max(0, nowMs - Date.parse(waiting.oldest));
}

export interface Summary {
  readonly stations: number;
  readonly silent: number;
  readonly waitingPackets: number;
  readonly waitingBytes: number;
  readonly needsAttention: number;
}

export function summarise(views: readonly StationView[]): Summary {
  const sum = (of: (view: StationView) => number): number => views.reduce((total, view) => total + of(view), 0);
  return {
    stations: views.length,
    silent: views.filter(({ link }) => link === 'silent' || link === 'never').length,
    waitingPackets: sum(({ status }) => status.waiting?.packets ?? 0),
    waitingBytes: sum(({ status }) => status.waiting?.bytes ?? 0),
    needsAttention: sum(({ status }) => status.setAside + status.came.needsAttention),
  };
}

export interface LinkChange {
  readonly station: string;
  readonly link: Link;
}

/** Stations that fell silent or came back between two looks: worth saying aloud, where a moved number is not. */
export function linkChanges(before: readonly StationView[], after: readonly StationView[]): LinkChange[] {
  const links = new Map(before.map(({ status, link }) => [status.station, link]));
  return after
    .filter(({ status, link }) => {
      const was = links.get(status.station);
      return was !== undefined && was !== link && (link === 'silent' || link === 'online');
    })
    .map(({ status, link }) => ({ station: status.station, link }));
}
