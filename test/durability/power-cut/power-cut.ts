/**
 * What a power cut may leave of a disk.
 *
 * - `strict`: what was synced, and nothing else. POSIX promises no more.
 * - `torn`: of what was written and not synced, anything may have reached the disk: of each file some pages and some
 *   length, of the names some. A rename has happened or it has not, as on any file system with a journal.
 */
import type { Rng } from '@enroute/test/simulation/people/rng.ts';
import type { Disk, Entry, FileId } from './disk.ts';

export const POWER_CUTS = ['strict', 'torn'] as const;
export type PowerCut = (typeof POWER_CUTS)[number];

const PAGE_BYTES = 4096;

export function afterPowerCut(cut: PowerCut, synced: Disk, written: Disk, rng: Rng): Disk {
  return cut === 'strict' ? synced : torn(synced, written, rng);
}

function torn(synced: Disk, written: Disk, rng: Rng): Disk {
  const reached = reachedNames(synced, written, rng);
  const folders = new Map<FileId, Map<string, Entry>>();
  for (const folder of new Set([...synced.folders.keys(), ...written.folders.keys()])) {
    const before = synced.folders.get(folder) ?? new Map<string, Entry>();
    const after = written.folders.get(folder) ?? before;
    const names = new Map<string, Entry>();
    for (const name of new Set([...before.keys(), ...after.keys()])) {
      const entry = reached(folder, name) ? after.get(name) : before.get(name);
      if (entry) names.set(name, entry);
    }
    folders.set(folder, names);
  }
  return {
    root: written.root,
    folders,
    bytes: (id) => {
      const before = synced.bytes(id) ?? Buffer.alloc(0);
      const after = written.bytes(id);
      return after === undefined || after.equals(before) ? before : tornBytes(before, after, rng);
    },
  };
}

/** Whether the change of a name reached the disk. Names that share a file, as both ends of a rename do, go together. */
function reachedNames(synced: Disk, written: Disk, rng: Rng): (folder: FileId, name: string) => boolean {
  const leaders = new Map<FileId, FileId>();
  function leaderOf(id: FileId): FileId {
    const leader = leaders.get(id);
    return leader === undefined ? id : leaderOf(leader);
  }
  const changed = new Map<string, FileId>();
  const placeOf = (folder: FileId, name: string): string => `${folder}/${name}`;
  for (const [folder, after] of written.folders) {
    const before = synced.folders.get(folder) ?? new Map<string, Entry>();
    for (const name of new Set([...before.keys(), ...after.keys()])) {
      const was = before.get(name)?.id;
      const is = after.get(name)?.id;
      const leader = leaderOf(is ?? was ?? '');
      if (was === is) continue;
      if (was !== undefined && leaderOf(was) !== leader) leaders.set(leaderOf(was), leader);
      changed.set(placeOf(folder, name), leader);
    }
  }
  const outcomes = new Map<FileId, boolean>();
  return (folder, name) => {
    const file = changed.get(placeOf(folder, name));
    if (file === undefined) return false;
    const leader = leaderOf(file);
    const outcome = outcomes.get(leader) ?? rng.below(2) === 1;
    outcomes.set(leader, outcome);
    return outcome;
  };
}

/** Each page as it was synced or as it was written; the length that of either, or at a page between. */
export function tornBytes(before: Buffer, after: Buffer, rng: Rng): Buffer {
  const shorter = Math.min(before.byteLength, after.byteLength);
  const longer = Math.max(before.byteLength, after.byteLength);
  const firstPage = Math.ceil(shorter / PAGE_BYTES);
  const between = Math.min(
    longer,
    rng.between(firstPage, Math.max(firstPage, Math.floor(longer / PAGE_BYTES))) * PAGE_BYTES,
  );
  const length = rng.pick([before.byteLength, after.byteLength, Math.max(shorter, between)]);
  // What lies beyond the end of the chosen state reads as zeros, like a hole.
  const bytes = Buffer.alloc(length);
  for (let from = 0; from < length; from += PAGE_BYTES) {
    const to = Math.min(from + PAGE_BYTES, length);
    bytes.set(rng.pick([before, after]).subarray(from, to), from);
  }
  return bytes;
}
