/**
 * One process at a time works on a store's folder, from before its files are looked through until after they are closed.
 * The lock is SQLite's own on a file that holds nothing: the operating system takes it from a process that dies.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { makeFolderSync } from '@enroute/sync/disk/durable-file.ts';
import { sqliteCode } from '@enroute/sync/disk/guarded-sqlite.ts';

export interface FolderLock {
  release(): void;
}

const SQLITE_BUSY = 5;

/** @throws EnrouteError ENR-STN-011 when someone else has it, at once. */
export function lockFolder(folder: string): FolderLock {
  makeFolderSync(folder);
  const db = new DatabaseSync(join(folder, 'lock'));
  try {
    db.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (sqliteCode(error) === SQLITE_BUSY) throw new EnrouteError('ENR-STN-011', undefined, error);
    throw error;
  }
  return { release: () => db.isOpen && db.close() };
}
