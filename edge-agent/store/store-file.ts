/** Where the SQLite file of one RxDB storage instance lies, and how it is deleted. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';

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

/** Deletes a closed SQLite file with what SQLite may have left beside it. */
export async function deleteStoreFile(file: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(`${file}${suffix}`, { force: true });
}
