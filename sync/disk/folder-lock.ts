/**
 * Holds a folder of databases for one process, from before its files are looked through until after they are closed. The
 * lock is SQLite's own on a file that holds nothing, so the operating system takes it away from a process that dies.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolderSync } from './durable-file.ts';
import { sqliteCode } from './guarded-sqlite.ts';

const SQLITE_BUSY = 5;

/** True when SQLite says that someone else has the file, whatever else it says about it. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === SQLITE_BUSY;
}

/**
 * @returns lets go of the folder; safe to call twice.
 * @throws the SQLite error, at once: `isBusy` when someone else has the folder.
 */
export function lockFolder(folder: string): () => void {
  makeFolderSync(folder);
  const lock = new DatabaseSync(join(folder, 'store.lock'));
  try {
    lock.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw error;
  }
  return () => {
    if (lock.isOpen) lock.close();
  };
}
