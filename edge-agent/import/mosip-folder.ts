import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { SUB_PACKETS } from '@enroute/shared/enrolment/enrolment.ts';
import { MAX_FILE_BYTES } from '@enroute/shared/mosip/packet-files.ts';

export type MosipFolderCode =
  | 'MOSIP_FOLDER_UNREADABLE'
  | 'MOSIP_FOLDER_EMPTY'
  | 'MOSIP_FOLDER_TOO_MANY_FILES'
  | 'MOSIP_FOLDER_TOO_LARGE'
  | 'MOSIP_FOLDER_OUTSIDE'
  | 'MOSIP_FOLDER_NOT_A_FILE';

class MosipFolderError extends Error {
  readonly code: MosipFolderCode;

  constructor(code: MosipFolderCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MosipFolderError';
    this.code = code;
  }
}

export interface FolderLimits {
  readonly maxFiles: number;
  readonly maxFileBytes: number;
  readonly maxTotalBytes: number;
}

/** A packet has some ten files and weighs about a megabyte: room enough, and yet a wrong folder is soon given up. */
export const FOLDER_LIMITS: FolderLimits = {
  maxFiles: 64,
  maxFileBytes: MAX_FILE_BYTES,
  maxTotalBytes: 4 * MAX_FILE_BYTES,
};

/**
 * Reads an unpacked MOSIP packet: the files in `id/`, `evidence/` and `optional/` of a folder, by "id/ID.json" and
 * so on. The folder may be a stranger's USB stick, so nothing outside it is read, whatever its links say, and
 * nothing without bound.
 */
export async function readMosipFolder(folder: string, limits = FOLDER_LIMITS): Promise<Map<string, Uint8Array>> {
  const root = await reading(folder, () => realpath(folder));
  const files = new Map<string, Uint8Array>();
  let totalBytes = 0;
  for (const subPacket of SUB_PACKETS) {
    for (const name of await namesIn(join(root, subPacket))) {
      const path = `${subPacket}/${name}`;
      if (files.size >= limits.maxFiles) {
        throw new MosipFolderError(
          'MOSIP_FOLDER_TOO_MANY_FILES',
          `${folder} holds more than ${limits.maxFiles} files.`,
        );
      }
      const leftBytes = Math.min(limits.maxFileBytes, limits.maxTotalBytes - totalBytes);
      const bytes = await reading(path, () => readWithin(root, join(root, subPacket, name), leftBytes));
      totalBytes += bytes.length;
      files.set(path, bytes);
    }
  }
  if (files.size === 0) {
    throw new MosipFolderError(
      'MOSIP_FOLDER_EMPTY',
      `${folder} holds no packet: there is no file in id/ or beside it.`,
    );
  }
  return files;
}

/** Sorted, so that every run sees the same order whatever the file system says. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw new MosipFolderError('MOSIP_FOLDER_UNREADABLE', `${folder} cannot be read.`, { cause });
  }
}

/** The real path is opened, not the one asked for: what the check has seen is what is read. */
async function readWithin(root: string, path: string, maxBytes: number): Promise<Uint8Array> {
  const real = await realpath(path);
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw new MosipFolderError('MOSIP_FOLDER_OUTSIDE', `${path} leads out of the folder and was not read.`);
  }
  const found = await stat(real);
  // Asked before opening: to open a named pipe is to wait for its writer, perhaps for ever.
  if (!found.isFile()) throw new MosipFolderError('MOSIP_FOLDER_NOT_A_FILE', `${path} is not a file.`);
  if (found.size > maxBytes) {
    throw new MosipFolderError('MOSIP_FOLDER_TOO_LARGE', `${path} is larger than a packet's file may be.`);
  }
  await using file = await open(real, 'r');
  const bytes = new Uint8Array(found.size);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function reading<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof MosipFolderError) throw cause;
    throw new MosipFolderError('MOSIP_FOLDER_UNREADABLE', `${what} cannot be read.`, { cause });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
