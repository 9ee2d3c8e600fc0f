/** Where the SQLite file of one RxDB storage instance lies, and how it is found, set aside and deleted. */
import { createHash } from 'node:crypto';
import { access, readdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { moveDurably } from '@enroute/sync/disk/durable-file.ts';
import { NOTE_SUFFIX } from './commit-note.ts';

/** What tells one storage instance of RxDB from another. */
export interface StoreIdentity {
  readonly databaseName: string;
  readonly collectionName: string;
  readonly schemaVersion: number;
}

const READABLE_LENGTH = 40;
const HASH_LENGTH = 12;

/**
 * The names are cut down to what every file system takes, for people to recognise. The hash of the exact names tells
 * apart those that look alike afterwards, or that only differ in case, which Windows and macOS ignore.
 */
export function storeFile(folder: string, identity: StoreIdentity): string {
  const { databaseName, collectionName, schemaVersion } = identity;
  const exact = JSON.stringify([databaseName, collectionName, schemaVersion]);
  const hash = createHash('sha256').update(exact).digest('hex').slice(0, HASH_LENGTH);
  return resolve(folder, `rx-${readable(databaseName)}-${readable(collectionName)}-v${schemaVersion}-${hash}.sqlite`);
}

function readable(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(0, READABLE_LENGTH);
}

/** One file of a database, as its name tells it. */
export interface StoreFile {
  readonly file: string;
  /** As the file's name shows it: lower case, `_` for anything but letters and digits, its first 40 characters. */
  readonly collection: string;
  readonly schemaVersion: number;
}

/**
 * The files of a database, those of RxDB's own collections too (`_rxdb_internal`, `rx_replication_meta_…`), by name.
 * Databases whose names look alike in a file's name share a list. A folder that is not there has none.
 */
export async function listStoreFiles(folder: string, databaseName: string): Promise<StoreFile[]> {
  const shape = new RegExp(`^rx-${readable(databaseName)}-([a-z0-9_]*)-v(\\d+)-[0-9a-f]{${HASH_LENGTH}}\\.sqlite$`);
  const found = (await namesIn(folder)).toSorted().map((name) => shape.exec(name));
  return found.flatMap((match) =>
    match ? [{ file: resolve(folder, match[0]), collection: match[1] ?? '', schemaVersion: Number(match[2]) }] : [],
  );
}

/**
 * What belongs to a store's file beside itself, by the ends of their names. The note comes last: should setting aside
 * be cut off, a file without its log is still known to have lost something.
 */
const COMPANIONS = ['-wal', '-shm', '-journal', NOTE_SUFFIX];

/** Deletes a closed SQLite file with what SQLite and the store may have left beside it. */
export async function deleteStoreFile(file: string): Promise<void> {
  for (const suffix of ['', ...COMPANIONS]) await rm(`${file}${suffix}`, { force: true });
}

/**
 * Moves a closed store file and its companions to another path on the same disk, durably, so that the next opening
 * begins with an empty store and nothing of the old one is lost. Cut off half way, it can be done again.
 *
 * @param to the new path; the companions keep the ends of their names.
 * @throws when something lies there already, so that no earlier evidence is written over; the file system's error.
 */
export async function setStoreFileAside(file: string, to: string): Promise<void> {
  for (const suffix of ['', ...COMPANIONS]) {
    if (!(await exists(`${file}${suffix}`))) continue;
    if (await exists(`${to}${suffix}`)) throw new Error(`${to}${suffix} is there already.`);
    await moveDurably(`${file}${suffix}`, `${to}${suffix}`);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';
