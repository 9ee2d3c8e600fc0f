/**
 * An RxStorage for RxDB 17 whose durable medium is PouchDB on SQLite: one file for each collection and schema version.
 *
 * One process owns a file, and holds all of it in memory; it is for the small documents of the control plane. The
 * bytes of packets are files of their own, so schemas with attachments are refused.
 */
import { openPouch, type PouchHandle } from '@enroute/sync/disk/pouch.ts';
import { ensureRxStorageInstanceParamsAreCorrect, RXDB_VERSION, type RxStorage, randomToken } from 'rxdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import {
  type OpenStore,
  PouchStorageInstance,
  type PouchStorageInternals,
  type PouchStorageOptions,
} from './pouch-storage-instance.ts';
import { deleteStoreFile, storeFile } from './store-file.ts';

export interface RxStoragePouchSettings {
  /** Folder of the SQLite files. */
  readonly folder: string;
  /**
   * Called once for a file that is failing (I/O error, corruption). Its writes are refused from then on; reads go on,
   * from memory. The owner must tell the operator, and open again only after the disk was looked after.
   */
  readonly onFatal: (error: Error, file: string) => void;
  /** Opens one file. Another one than the usual is for tests that need a full disk. */
  readonly open?: OpenStoreFile;
}

export type OpenStoreFile = (file: string, onFatal: (error: Error) => void) => Promise<PouchHandle>;

export type RxStoragePouch = RxStorage<PouchStorageInternals, PouchStorageOptions>;

/** A second opening would hold a second copy in memory, and each would miss what the other writes. */
const openFiles = new Set<string>();

/** The storage to hand to `createRxDatabase`, together with `multiInstance: false`. */
export function getRxStoragePouch(settings: RxStoragePouchSettings): RxStoragePouch {
  const memory = getRxStorageMemory();
  return {
    name: 'enroute-pouch',
    rxdbVersion: RXDB_VERSION,
    async createStorageInstance(params) {
      ensureRxStorageInstanceParamsAreCorrect(params);
      const { databaseName, collectionName, schema } = params;
      if (schema.attachments) {
        throw new Error(`The schema of ${collectionName} has attachments; this storage keeps none: use files.`);
      }
      if (params.multiInstance) {
        throw new Error('One process owns the store: create the database with multiInstance: false.');
      }
      const file = storeFile(settings.folder, { databaseName, collectionName, schemaVersion: schema.version });
      // RxDB's memory storage shares its content between instances of one name; this one is nobody else's.
      const name = `${databaseName}-${randomToken(10)}`;
      const copy = await memory.createStorageInstance({ ...params, databaseName: name, options: {} });
      const store = await openStore(file, settings).catch(async (error: unknown) => {
        await copy.remove();
        throw error;
      });
      return PouchStorageInstance.load(params, store, copy);
    },
  };
}

async function openStore(file: string, settings: RxStoragePouchSettings): Promise<OpenStore> {
  if (openFiles.has(file)) throw new Error(`${file} is open already; close that database first.`);
  openFiles.add(file);
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    if (failure) return;
    failure = error;
    settings.onFatal(error, file);
  };
  const open = settings.open ?? openStoreFile;
  const handle = await open(file, fail).catch((error: unknown) => {
    openFiles.delete(file);
    throw error;
  });
  return {
    handle,
    failure: () => failure,
    fail,
    close: () => handle.close().finally(() => openFiles.delete(file)),
    delete: () => deleteStoreFile(file),
  };
}

const openStoreFile: OpenStoreFile = (file, onFatal) =>
  openPouch(file, { onFatal, exclusive: true, autoCompaction: true });
