/** The station's small documents, in RxDB over our storage on SQLite: the queue, the two sides of the channel, counters. */
import { type ChannelCollection, channelEntrySchema } from '@enroute/sync/channel/collections.ts';
import {
  addRxPlugin,
  createRxDatabase,
  defaultCacheReplacementPolicyMonad,
  type RxCollection,
  type RxDatabase,
  type RxJsonSchema,
} from 'rxdb';
import { RxDBMigrationSchemaPlugin } from 'rxdb/plugins/migration-schema';
import { getRxStoragePouch, type OpenStoreFile } from '../store/rx-storage-pouch.ts';
import { type QueueCollection, queueItemSchema, queueMigrations } from './queue-item.ts';

addRxPlugin(RxDBMigrationSchemaPlugin);

interface Counter {
  readonly name: string;
  readonly value: number;
}

const counterSchema: RxJsonSchema<Counter> = {
  version: 0,
  primaryKey: 'name',
  type: 'object',
  properties: { name: { type: 'string', maxLength: 32 }, value: { type: 'number' } },
  required: ['name', 'value'],
};

/** Answers that RxDB keeps at hand: a walk through the queue must not leave all of it in memory. */
const QUERIES_KEPT = 8;
const UNEXECUTED_KEPT_MS = 30_000;

export type CounterCollection = RxCollection<Counter>;

export interface StationDatabase {
  readonly queue: QueueCollection;
  readonly outgoing: ChannelCollection;
  readonly incoming: ChannelCollection;
  /** The core's word on the world around the desk, as it was last believed. */
  readonly master: ChannelCollection;
  readonly counters: CounterCollection;
  close(): Promise<void>;
}

export interface StationDatabaseOptions {
  readonly station: string;
  readonly folder: string;
  /** The file itself is failing; the station must stop and say so. */
  readonly onFatal: (error: Error) => void;
  /** Opens one file. Another one than the usual is for tests that need a full disk. */
  readonly open?: OpenStoreFile;
}

/** RxDB knows its databases by name in the whole process; two stations in one process are two. */
export function databaseNameOf(station: string): string {
  return `station-${station}`;
}

export async function openStationDatabase(options: StationDatabaseOptions): Promise<StationDatabase> {
  const database = await createRxDatabase<Omit<StationDatabase, 'close'>>({
    name: databaseNameOf(options.station),
    storage: getRxStoragePouch(options),
    multiInstance: false,
    eventReduce: true,
  });
  // RxDB would keep a database whose collections can't be opened, its files included.
  await addCollections(database).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  return {
    queue: database.queue,
    outgoing: database.outgoing,
    incoming: database.incoming,
    master: database.master,
    counters: database.counters,
    close: async () => {
      await database.close();
    },
  };
}

async function addCollections(database: RxDatabase<Omit<StationDatabase, 'close'>>): Promise<void> {
  const cacheReplacementPolicy = defaultCacheReplacementPolicyMonad(QUERIES_KEPT, UNEXECUTED_KEPT_MS);
  // One after the other: when one can't be opened, RxDB would leave the others opening behind our back.
  await database.addCollections({
    queue: { schema: queueItemSchema, migrationStrategies: queueMigrations, cacheReplacementPolicy },
  });
  await database.addCollections({ outgoing: { schema: channelEntrySchema, cacheReplacementPolicy } });
  await database.addCollections({ incoming: { schema: channelEntrySchema, cacheReplacementPolicy } });
  await database.addCollections({ master: { schema: channelEntrySchema } });
  await database.addCollections({ counters: { schema: counterSchema } });
}
