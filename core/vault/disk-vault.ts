/**
 * The vault on this machine's disk: one file for each packet. Bytes are written or moved beside their place, fsynced,
 * and only then given their name, so a name stands for a whole packet.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { moveDurably, nameDurably, PARTIAL_SUFFIX, requireFolder, syncFile } from '@enroute/sync/disk/durable-file.ts';
import { chunksOfFile } from './packet-source.ts';
import { gathered } from './parts.ts';
import {
  isDigest,
  isSound,
  notHeld,
  type PacketSource,
  requireDigest,
  soundPieces,
  type Vault,
  verified,
} from './vault.ts';

const SUFFIX = '.enrp';
/** In the vault's folder; no digest begins so. */
const PARTIAL_FOLDER = 'unfinished';
const ASIDE_FOLDER = 'rotten';
const FOLDER_NAME = /^[0-9a-f]{2}$/;
const PAGE = 1000;
const NAME_BYTES = 8;
/** What comes in small pieces is written so much at a time. */
const WRITE_BYTES = 1024 * 1024;

/** @param folder on the same disk as the files that are published into it, so that they can be moved. */
export function openDiskVault(folder: string): Vault {
  // Two levels, so that a million packets do not lie in one folder.
  const place = (digest: string): string => join(folder, digest.slice(0, 2), `${digest}${SUFFIX}`);

  const has = async (digest: string): Promise<boolean> => {
    if (!isDigest(digest)) return false;
    const found = await stat(place(digest)).catch((error: unknown) => {
      // Whatever else it is, it does not say that the packet is not there.
      if (!isAbsence(error)) throw error;
    });
    return found?.isFile() ?? false;
  };

  const made = new Map<string, Promise<void>>();
  /** Once for each folder: a packet's name is no more durable than those of the folders above it. */
  const withFolder = (path: string): Promise<void> => {
    const known = made.get(path);
    if (known) return known;
    const making = path === folder ? requireFolder(path) : withFolder(folder).then(() => requireFolder(path));
    made.set(path, making);
    making.catch(() => made.delete(path));
    return making;
  };

  /** The file of a source, verified and durable; a copy where it has none. */
  const durableFileOf = async (source: PacketSource, digest: string): Promise<string> => {
    if (source.path !== undefined) {
      for await (const _chunk of soundPieces(source, digest));
      await syncFile(source.path);
      return source.path;
    }
    // A name of its own: two may publish the same packet at the same moment.
    const path = join(folder, PARTIAL_FOLDER, `${digest}.${nameOfChance()}${PARTIAL_SUFFIX}`);
    try {
      await withFolder(dirname(path));
      await writeSynced(path, soundPieces(source, digest));
      return path;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  };

  return {
    publish: async (source, digest) => {
      requireDigest(digest);
      const path = place(digest);
      const folderMade = withFolder(dirname(path));
      // Whoever is told that it failed may clear everything away: nothing is under way any more by then.
      const file = await durableFileOf(source, digest).finally(() => folderMade.catch(() => undefined));
      await folderMade;
      // Where a power cut brings the old name back, it is cleared away there.
      await nameDurably(file, path);
    },
    has,
    held: async (digests) => {
      const found = await Promise.all(digests.map(has));
      return new Set(digests.filter((_digest, index) => found[index]));
    },
    read: async (digest) => {
      if (!isDigest(digest)) throw notHeld(digest);
      const bytes = await readFile(place(digest)).catch((error: unknown) => {
        throw whyUnread(error, digest);
      });
      if (sha256Hex(bytes) !== digest) throw new EnrouteError('ENR-PKT-006', digest);
      return bytes;
    },
    open: async function* pieces(digest) {
      if (!isDigest(digest)) throw notHeld(digest);
      try {
        yield* verified(chunksOfFile(place(digest)), digest);
      } catch (error) {
        throw whyUnread(error, digest);
      }
    },
    digests: async function* pages(after = '') {
      for (const name of (await namesIn(folder)).filter((one) => FOLDER_NAME.test(one) && one >= after.slice(0, 2))) {
        const digests = (await namesIn(join(folder, name)))
          .filter((file) => file.endsWith(SUFFIX))
          .map((file) => file.slice(0, -SUFFIX.length))
          .filter((digest) => isDigest(digest) && digest > after);
        for (let at = 0; at < digests.length; at += PAGE) yield digests.slice(at, at + PAGE);
      }
    },
    setAside: async (digest) => {
      const path = place(digest);
      const isSoundAt = (where: string): Promise<boolean> =>
        isSound({ open: () => verified(chunksOfFile(where), digest) }, digest);
      const aside = join(folder, ASIDE_FOLDER, `${digest}.${nameOfChance()}${SUFFIX}`);
      try {
        if (!(await has(digest)) || (await isSoundAt(path))) return false;
        await moveDurably(path, aside);
      } catch (error) {
        // Another one sets it aside at the same moment.
        if (isAbsence(error)) return false;
        throw error;
      }
      if (!(await isSoundAt(aside))) return true;
      // It was published again while it was looked at.
      await moveDurably(aside, path);
      return false;
    },
    clearUnfinished: async (before) => {
      let removed = 0;
      for (const name of await namesIn(join(folder, PARTIAL_FOLDER))) {
        const path = join(folder, PARTIAL_FOLDER, name);
        const found = await stat(path).catch(() => undefined);
        if (!found || found.mtimeMs >= before.getTime()) continue;
        await rm(path, { force: true });
        removed += 1;
      }
      return removed;
    },
  };
}

function nameOfChance(): string {
  return randomBytes(NAME_BYTES).toString('hex');
}

async function writeSynced(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const pieces of gathered(chunks, WRITE_BYTES)) await writeAll(file, pieces);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A file system may take less than it is given. */
async function writeAll(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  const bytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const { bytesWritten } = await file.writev(pieces);
  if (bytesWritten < bytes) await file.writeFile(Buffer.concat(pieces).subarray(bytesWritten));
}

/** What lies in a folder, in order; nothing where there is none. */
async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return names.sort();
}

function whyUnread(error: unknown, digest: string): unknown {
  return codeOf(error) === 'ENOENT' ? notHeld(digest) : error;
}

function isAbsence(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
