import { createRxDatabase } from 'rxdb';
import { expect, it, onTestFinished } from 'vitest';
import { getRxStoragePouch } from '../store/rx-storage-pouch.ts';
import { NOW, STATION, testItem } from './queue.fixture.ts';
import { openQueue } from './queue.ts';
import { queueItemSchema } from './queue-item.ts';
import { temporaryFolder } from './station-database.fixture.ts';
import { databaseNameOf, openStationDatabase } from './station-database.ts';

const onFatal = (error: Error): void => {
  throw error;
};

it('A queue of an earlier version is taken over, every row of it, once and for all', async () => {
  const folder = await temporaryFolder();
  const { epoch: _epoch, ...properties } = queueItemSchema.properties;
  const indexes = [
    'rid',
    'savedAt',
    ['state', 'savedAt'],
    ['state', 'changedAt'],
    ['state', 'manifest.priority', 'savedAt'],
  ];
  const before = await createRxDatabase({
    name: databaseNameOf(STATION),
    storage: getRxStoragePouch({ folder, onFatal }),
    multiInstance: false,
  });
  const { queue } = await before.addCollections({
    queue: { schema: { ...queueItemSchema, version: 0, properties, indexes } as typeof queueItemSchema },
  });
  const rows = Array.from({ length: 250 }, (_none, index) => ({
    ...testItem(index + 1),
    changedAt: NOW.toISOString(),
  }));
  await queue.bulkInsert(rows);
  await before.close();

  for (const _opening of ['first', 'second']) {
    const database = await openStationDatabase({ station: STATION, folder, onFatal });
    onTestFinished(() => database.close());
    const taken = await openQueue(database.queue, () => NOW);
    expect(taken.total(['SEALED'])).toEqual({ packets: 250, bytes: 250_000 });
    expect((await taken.list(1000)).map(({ rid }) => rid).sort()).toEqual(rows.map(({ rid }) => rid));
    await database.close();
  }
});
