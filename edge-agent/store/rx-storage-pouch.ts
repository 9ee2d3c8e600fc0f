/**
 * An RxStorage for RxDB 17 whose durable medium is PouchDB on SQLite: one file for each collection and schema version.
 *
 * One process owns a file. It is for the small documents of the control plane; the bytes of packets are files of their
 * own, so schemas with attachments are refused.
 */
import { openPouch } from '@enroute/sync/disk/pouch.ts';
import { ensureRxStorageInstanceParamsAreCorrect, RXDB_VERSION, type RxStorage } from 'rxdb';
import { documentIndexes } from './document-index.ts';
import { type OpenStoreFile, openStore } from './open-store.ts';
import {
  PouchStorageInstance,
  type PouchStorageInternals,
  type PouchStorageOptions,
} from './pouch-storage-instance.ts';
import { storeFile } from './store-file.ts';

export type { OpenStoreFile } from './open-store.ts';

export interface RxStoragePouchSettings {
  /** Folder of the SQLite files. */
  readonly folder: string;
  /**
   * Called once for a file that is failing: with EnrouteError ENR-STN-010 when it is damaged, with ENR-STN-006 when it
   * can't be read or written. Its writes are refused from then on; a read still answers when all that it needs is
   * whole. The owner must tell the operator, and open again only after the disk was looked after.
   */
  readonly onFatal: (error: Error, file: string) => void;
  /** Opens one file. Another one than the usual is for tests that need a full disk. */
  readonly open?: OpenStoreFile;
}

export type RxStoragePouch = RxStorage<PouchStorageInternals, PouchStorageOptions>;

/** The storage to hand to `createRxDatabase`, together with `multiInstance: false`. */
export function getRxStoragePouch(settings: RxStoragePouchSettings): RxStoragePouch {
  const { folder, onFatal, open = openStoreFile } = settings;
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
      const file = storeFile(folder, { databaseName, collectionName, schemaVersion: schema.version });
      const names = documentIndexes(schema).map((index) => index.name);
      return new PouchStorageInstance(params, await openStore(file, names, { open, onFatal }));
    },
  };
}

const openStoreFile: OpenStoreFile = (file, onFatal) =>
  openPouch(file, { onFatal, exclusive: true, autoCompaction: true });
