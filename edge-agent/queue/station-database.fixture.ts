/** A station's database in a folder that goes away, on a disk that a test can fill. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openPouch } from '@enroute/sync/disk/pouch.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { onTestFinished } from 'vitest';
import type { OpenStoreFile } from '../store/rx-storage-pouch.ts';
import { STATION } from './queue.fixture.ts';
import { openStationDatabase, type StationDatabase } from './station-database.ts';

export interface TestDatabase {
  readonly folder: string;
  /** No write is taken while this is true. */
  readonly disk: { full: boolean };
  /** As it is open now. */
  current(): StationDatabase;
  /** Closes the files and opens them again, as a restart does. */
  reopen(): Promise<StationDatabase>;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-station-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** @param station two of one name can't be open at the same time */
export async function openTestDatabase(station = STATION): Promise<TestDatabase> {
  const folder = await temporaryFolder();
  const disk = { full: false };
  const onFatal = (error: Error): void => {
    throw error;
  };
  const open = (): Promise<StationDatabase> => openStationDatabase({ station, folder, onFatal, open: onDisk(disk) });
  let database = await open();
  onTestFinished(() => database.close());
  return {
    folder,
    disk,
    current: () => database,
    reopen: async () => {
      await database.close();
      database = await open();
      return database;
    },
  };
}

/** The usual opening, with SQLite's answer on a full disk for as long as it is full. */
function onDisk(disk: { readonly full: boolean }): OpenStoreFile {
  return async (file, onFatal) => {
    const handle = await openPouch(file, { onFatal, exclusive: true, autoCompaction: true });
    const bulkDocs = handle.db.bulkDocs.bind(handle.db);
    const reason = 'database or disk is full';
    handle.db.bulkDocs = async (docs: never) => {
      if (disk.full) throw Object.assign(new Error(reason), { reason });
      return bulkDocs(docs);
    };
    return handle;
  };
}
