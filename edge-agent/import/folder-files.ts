/**
 * Reading folders of strangers, such as a USB stick: nothing outside the folder is read, whatever its links say, nothing
 * that is not a plain file, and nothing without bound.
 */
import { open, opendir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** Names that are looked at: what is handed over lies by itself, not among a disk's worth of files. */
export const MAX_NAMES = 10_000;

export type FolderCode =
  | 'FOLDER_UNREADABLE'
  | 'FOLDER_EMPTY'
  | 'FOLDER_TOO_MANY_FILES'
  | 'FOLDER_TOO_LARGE'
  | 'FOLDER_OUTSIDE'
  | 'FOLDER_NOT_A_FILE';

export class FolderError extends Error {
  readonly code: FolderCode;

  constructor(code: FolderCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FolderError';
    this.code = code;
  }
}

export interface FolderReader {
  /**
   * Names in the folder or one below it, sorted, so that every run sees the same order whatever the file system says.
   * None when there is no such folder below.
   */
  names(path?: string): Promise<string[]>;
  /** @param path below the folder, with "/"; @param maxBytes of this file. */
  read(path: string, maxBytes: number): Promise<Uint8Array>;
}

/** @throws FolderError FOLDER_UNREADABLE when there is no such folder, as its reader does for what lies in it. */
export async function openFolder(folder: string): Promise<FolderReader> {
  const root = await reading(folder, () => realpath(folder));
  return {
    names: (path = '') => namesIn(join(root, path)),
    read: (path, maxBytes) => reading(path, () => readWithin(root, join(root, path), maxBytes)),
  };
}

/** One file by itself, that may lie anywhere. */
export function readPlainFile(path: string, maxBytes: number): Promise<Uint8Array> {
  return reading(path, async () => readBounded(await realpath(path), path, maxBytes));
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) {
      if (names.length >= MAX_NAMES) {
        throw new FolderError('FOLDER_TOO_MANY_FILES', `${folder} holds more than ${MAX_NAMES} files.`);
      }
      names.push(name);
    }
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    if (cause instanceof FolderError) throw cause;
    throw new FolderError('FOLDER_UNREADABLE', `${folder} cannot be read.`, { cause });
  }
  return names.sort();
}

/** The real path is opened, not the one asked for: what the check has seen is what is read. */
async function readWithin(root: string, path: string, maxBytes: number): Promise<Uint8Array> {
  const real = await realpath(path);
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw new FolderError('FOLDER_OUTSIDE', `${path} leads out of the folder and was not read.`);
  }
  return readBounded(real, path, maxBytes);
}

async function readBounded(real: string, path: string, maxBytes: number): Promise<Uint8Array> {
  const found = await stat(real);
  // Asked before opening: to open a named pipe is to wait for its writer, perhaps for ever.
  if (!found.isFile()) throw new FolderError('FOLDER_NOT_A_FILE', `${path} is not a file.`);
  if (found.size > maxBytes) {
    throw new FolderError('FOLDER_TOO_LARGE', `${path} is larger than it may be, or all files together are.`);
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
    if (cause instanceof FolderError) throw cause;
    throw new FolderError('FOLDER_UNREADABLE', `${what} cannot be read.`, { cause });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
