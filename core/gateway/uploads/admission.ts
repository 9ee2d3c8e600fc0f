/**
 * How many uploads the core takes at once, and until when: whoever is turned away before the first byte loses nothing,
 * and a core that is never full never has to break off what it has begun.
 */
import { statfs } from 'node:fs/promises';
import { RefusalWithHeaders } from '../door/refuse.ts';

export interface AdmissionLimits {
  readonly mostUploads: number;
  /** No upload may begin with less room than this, or than a twentieth of the disk where that is less. */
  readonly leastFreeBytes: number;
}

export const DEFAULT_ADMISSION: AdmissionLimits = { mostUploads: 256, leastFreeBytes: 1024 ** 3 };

export interface DiskRoom {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface AdmissionState {
  /** Uploads that are running beside this one. */
  readonly running: number;
  /** Undefined where it is not known: the disk itself will say when it is full. */
  readonly room: DiskRoom | undefined;
}

export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly retryAfterS: number };

/** An upload ends every few seconds where so many run; a full disk waits for a person. */
const BUSY_RETRY_S = 15;
const NO_ROOM_RETRY_S = 300;
const SMALLEST_SHARE_OF_DISK = 20;

/** @param random 0 to 1; stations that were turned away together do not come back together. */
export function admission({ running, room }: AdmissionState, limits: AdmissionLimits, random: number): Admission {
  if (room && room.freeBytes < Math.min(limits.leastFreeBytes, room.totalBytes / SMALLEST_SHARE_OF_DISK)) {
    return { admitted: false, retryAfterS: spread(NO_ROOM_RETRY_S, random) };
  }
  if (running >= limits.mostUploads) return { admitted: false, retryAfterS: spread(BUSY_RETRY_S, random) };
  return { admitted: true };
}

/** From the time itself to twice as much. */
function spread(seconds: number, random: number): number {
  return Math.round(seconds * (1 + random));
}

/** The refusal of everything that may come again later. */
export function comeBackLater(retryAfterS: number): RefusalWithHeaders {
  return new RefusalWithHeaders('ENR-UPL-007', { 'Retry-After': String(retryAfterS) });
}

/** The refusal for an error of the file system that says that the disk, or the user's share of it, is full. */
export function refusalOfFullDisk(error: unknown, random: number): RefusalWithHeaders | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' ? comeBackLater(spread(NO_ROOM_RETRY_S, random)) : undefined;
}

/** A disk does not fill up within this: every request asks, and each answer takes a turn among those who write. */
const ROOM_KEPT_MS = 1_000;

/** @returns what tells the room on the disk of a folder, as it was within the last second. */
export function watchedRoom(folder: string): () => Promise<DiskRoom | undefined> {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let room: Promise<DiskRoom | undefined> = Promise.resolve(undefined);
  return () => {
    const now = performance.now();
    if (now - askedAtMs >= ROOM_KEPT_MS) {
      askedAtMs = now;
      room = roomOn(folder);
    }
    return room;
  };
}

export async function roomOn(folder: string): Promise<DiskRoom | undefined> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}
