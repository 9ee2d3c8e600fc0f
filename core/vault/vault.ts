/**
 * Where the core keeps packet bytes: files named by their digest. A packet appears in the vault whole, durable and
 * verified, or not at all; every read verifies it again.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { moveDurably, syncFile } from '@enroute/sync/disk/durable-file.ts';

export interface Vault {
  /**
   * Takes over a file whose digest the caller has just verified. The same packet twice is one packet.
   * @param path the file; it is gone from there afterwards.
   */
  publish(path: string, digest: string): Promise<void>;
  has(digest: string): Promise<boolean>;
  /** @throws EnrouteError ENR-PKT-006 when the bytes are not those that were published; the file system's error. */
  read(digest: string): Promise<Uint8Array>;
}

/** @param folder on the same disk as the files that are published into it. */
export function openVault(folder: string): Vault {
  // Two levels, so that a million packets do not lie in one folder.
  const place = (digest: string): string => join(folder, digest.slice(0, 2), `${digest}.enrp`);
  return {
    publish: async (path, digest) => {
      await syncFile(path);
      await moveDurably(path, place(digest));
    },
    has: async (digest) => {
      const found = await stat(place(digest)).catch(() => undefined);
      return found?.isFile() ?? false;
    },
    read: async (digest) => {
      const bytes = await readFile(place(digest));
      if (sha256Hex(bytes) !== digest) throw new EnrouteError('ENR-PKT-006', 'rot in the vault');
      return bytes;
    },
  };
}
