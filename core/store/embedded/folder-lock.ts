/**
 * Holds a folder for one process. The embedded store relies on being the only writer: its long polls hear of writes
 * in memory, and PouchDB's transactions would fail at random beside those of a second process. The lock is SQLite's
 * own file lock, so the operating system takes it away from a process that dies.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';

/** @returns lets go of the folder. */
export function lockFolder(folder: string): () => void {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(folder, 'store.lock'));
    lock.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock?.close();
    throw new StoreError(`The store in ${folder} can't be locked; is it open elsewhere?`, { transient: true, cause });
  }
  const held = lock;
  return () => held.close();
}
