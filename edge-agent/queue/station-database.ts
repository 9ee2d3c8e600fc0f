/** The station's small documents, in RxDB over our storage on SQLite: the queue, the two sides of the channel, counters. */
import { type ChannelCollection, channelEntrySchema } from '@enroute/sync/channel/collections.ts';
import { createRxDatabase, type RxCollection, type RxJsonSchema } from 'rxdb';
import { getRxStoragePouch, type OpenStoreFile } from '../store/rx-storage-pouch.ts';
import { type QueueCollection, queueItemSchema } from './queue-item.ts';

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

export type CounterCollection = RxCollection<Counter>;

export interface StationDatabase {
  readonly queue: QueueCollection;
  readonly outgoing: ChannelCollection;
  readonly incoming: ChannelCollection;
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

export async function openStationDatabase(options: StationDatabaseOptions): Promise<StationDatabase> {
  const database = await createRxDatabase<Omit<StationDatabase, 'close'>>({
    // RxDB knows its databases by name in the whole process; two stations in one process are two.
    name: `station-${options.station}`,
    storage: getRxStoragePouch(options),
    multiInstance: false,
    eventReduce: true,
  });
  await database.addCollections({
    queue: { schema: queueItemSchema },
    outgoing: { schema: channelEntrySchema },
    incoming: { schema: channelEntrySchema },
    counters: { schema: counterSchema },
  });
  return {
    queue: database.queue,
    outgoing: database.outgoing,
    incoming: database.incoming,
    counters: database.counters,
    close: async () => {
      await database.close();
    },
  };
}
