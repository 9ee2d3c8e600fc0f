/** Stations as tests make them up: how they stand, without any that stands so. */
import type { StationStatus } from '../ops/station-status-schema.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const ago = (ageMs: number): string => new Date(Date.now() - ageMs).toISOString();

export function statusOf(station: string, change: Partial<StationStatus> = {}): StationStatus {
  return {
    station,
    state: 'active',
    lastSeen: ago(3 * SECOND_MS),
    waiting: { packets: 0, bytes: 0, oldest: null },
    setAside: 0,
    clockOffsetMs: 0,
    software: 'enroute 0.1.0',
    came: { announced: 0, inProcess: 0, waitingForCorrection: 0, needsAttention: 0, completed: 0, rejected: 0 },
    ...change,
  };
}

/** One of each kind: well, behind, late, silent and suspended, never seen. */
export function manyStations(): StationStatus[] {
  const came = { announced: 2, inProcess: 4, waitingForCorrection: 1, needsAttention: 0, completed: 1318, rejected: 6 };
  return [
    statusOf('1000110001', { came }),
    statusOf('1000110002', {
      waiting: { packets: 37, bytes: 41_300_000, oldest: ago(5 * HOUR_MS) },
      clockOffsetMs: 12_000,
      came: { ...came, completed: 964, inProcess: 21, waitingForCorrection: 3 },
    }),
    statusOf('1000210001', {
      lastSeen: ago(7 * MINUTE_MS),
      waiting: { packets: 2, bytes: 2_150_000, oldest: ago(40 * MINUTE_MS) },
      setAside: 1,
      clockOffsetMs: -18 * MINUTE_MS,
      came: { ...came, completed: 402 },
    }),
    statusOf('2000310004', {
      state: 'suspended',
      lastSeen: ago(3 * 24 * HOUR_MS + HOUR_MS),
      waiting: { packets: 118, bytes: 131_000_000, oldest: ago(4 * 24 * HOUR_MS) },
      clockOffsetMs: -40_000,
      came: { ...came, completed: 77, needsAttention: 2, rejected: 1 },
    }),
    statusOf('2000310005', {
      lastSeen: null,
      waiting: null,
      clockOffsetMs: null,
      software: null,
      came: { announced: 0, inProcess: 0, waitingForCorrection: 0, needsAttention: 0, completed: 0, rejected: 0 },
    }),
  ];
}
