/**
 * Holds a folder for one process. The embedded store relies on being the only writer: its long polls hear of writes
 * in memory, and PouchDB's transactions would fail at random beside those of a second process. The lock is SQLite's
 * own file lock, so the operating system takes it away from a process that dies.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { sqliteCode } from '@enroute/sync/disk/guarded-sqlite.ts';
import { StoreError } from '../store.ts';

const SQLITE_BUSY = 5;

/** @returns lets go of the folder. @throws EnrouteError ENR-OPS-004 when another process has it, StoreError otherwise. */
export function lockFolder(folder: string): () => void {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(folder, 'store.lock'));
    lock.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock?.close();
    if (sqliteCode(cause) === SQLITE_BUSY) throw new EnrouteError('ENR-OPS-004', folder, cause);
    throw new StoreError(`The store in ${folder} can't be locked.`, { transient: true, cause });
  }
  const held = lock;
  return () => held.close();
}
