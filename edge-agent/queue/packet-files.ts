/** Sealed packets as files of the station. "Saved" means: written, fsynced, read back, and the same. */
import { mkdirSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { PARTIAL_SUFFIX, writeDurably } from '@enroute/sync/disk/durable-file.ts';

export interface PacketFiles {
  readonly folder: string;
  /**
   * @throws EnrouteError ENR-STN-001 when the disk is full, -006 when it can't be written, -002 when what was read back
   *   is not what was written. Nothing is left behind then.
   */
  save(rid: string, bytes: Uint8Array, digest: string): Promise<void>;
  /** @throws EnrouteError ENR-STN-003 when the file is missing or was changed. */
  read(rid: string, digest: string): Promise<Uint8Array>;
  /** Puts out of the way what a crash left before it was saved: half files go, whole ones are kept apart. */
  tidy(isKnown: (rid: string) => Promise<boolean>): Promise<void>;
}

const SUFFIX = '.enrp';
const DISK_FULL = new Set(['ENOSPC', 'EDQUOT']);

export function openPacketFiles(folder: string): PacketFiles {
  mkdirSync(folder, { recursive: true });
  const pathOf = (rid: string): string => join(folder, `${rid}${SUFFIX}`);
  return {
    folder,
    save: async (rid, bytes, digest) => {
      const path = pathOf(rid);
      try {
        await writeDurably(path, bytes);
        if (sha256Hex(await readFile(path)) === digest) return;
      } catch (cause) {
        const code = (cause as { code?: string }).code ?? '';
        throw new EnrouteError(DISK_FULL.has(code) ? 'ENR-STN-001' : 'ENR-STN-006', code, cause);
      }
      await rm(path, { force: true });
      throw new EnrouteError('ENR-STN-002', rid);
    },
    read: async (rid, digest) => {
      const bytes = await readFile(pathOf(rid)).catch((cause: unknown) => {
        throw new EnrouteError('ENR-STN-003', rid, cause);
      });
      if (sha256Hex(bytes) !== digest) throw new EnrouteError('ENR-STN-003', rid);
      return bytes;
    },
    tidy: async (isKnown) => {
      const orphans = join(folder, 'orphans');
      for (const name of await readdir(folder)) {
        if (name.endsWith(PARTIAL_SUFFIX)) await rm(join(folder, name), { force: true });
        if (!name.endsWith(SUFFIX) || (await isKnown(name.slice(0, -SUFFIX.length)))) continue;
        mkdirSync(orphans, { recursive: true });
        await rename(join(folder, name), join(orphans, name));
      }
    },
  };
}
