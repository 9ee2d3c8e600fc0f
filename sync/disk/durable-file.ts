/**
 * Files that are on the disk when they are said to be. A file appears under its name only when all of its bytes are
 * durable: written beside it, fsynced, renamed, and the folder fsynced.
 */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Ends of names that belong to files in the making; whatever is found under one at start-up is rubbish. */
export const PARTIAL_SUFFIX = '.partial';

/** @throws the file system's error (ENOSPC, EIO, …); nothing appears under `path` then. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}${PARTIAL_SUFFIX}`;
  await makeFolder(dirname(path));
  try {
    await withFile(partial, 'w', async (file) => {
      await file.writeFile(bytes);
      await file.sync();
    });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncName(path);
}

/** Makes a name that was just given durable. Windows has no fsync of folders: there a flush of the file takes it along. */
async function syncName(path: string): Promise<void> {
  if (process.platform === 'win32') await syncFile(path);
  else await syncFolder(dirname(path));
}

/** Moves a file whose bytes are durable already to another name on the same disk, durably. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await rename(from, to);
  await syncName(to);
  if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
}

/**
 * Gives a file whose bytes are durable its name, in a folder that is durable itself. A power cut may bring the name that it
 * had before back beside it.
 */
export async function nameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncName(to);
}

/** Deletes a file so that it stays deleted; one that is gone already is as good. */
export async function removeDurably(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

export async function syncFile(path: string): Promise<void> {
  await withFile(path, 'r+', (file) => file.sync());
}

/** Makes names in a folder durable. Windows has no such thing. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await withFile(folder, 'r', (file) => file.sync());
}

/** Makes a folder and those above it that are missing, their names durable too. */
export function makeFolderSync(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined || process.platform === 'win32') return;
  for (const made of foldersUpTo(folder, first)) {
    const descriptor = openSync(dirname(made), 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Makes sure that a folder is there and its name durable, whoever made it and may not have come to that. */
export async function requireFolder(folder: string, mode?: number): Promise<void> {
  await makeFolder(folder, mode);
  await syncFolder(dirname(folder));
}

async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode });
  if (first === undefined) return;
  for (const made of foldersUpTo(folder, first)) await syncFolder(dirname(made));
}

/** From the new folder's own name up to the first that was made. */
function* foldersUpTo(folder: string, first: string): Generator<string> {
  for (let made = folder; made.length >= first.length; made = dirname(made)) yield made;
}

async function withFile<T>(path: string, flags: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, 0o600);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
