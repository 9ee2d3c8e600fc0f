import { expect, test } from 'vitest';
import { openCoreDatabases } from './databases.ts';
import type { Database, DatabaseOptions, Store } from './store/store.ts';

test('where a document decides between writers the store is told so, and channels go on with a majority', async () => {
  const opened = new Map<string, boolean>();
  const store: Pick<Store, 'database'> = {
    database: async (name: string, options: DatabaseOptions = {}) => {
      opened.set(name, options.decides === true);
      return { name } as Database;
    },
  };
  const databases = await openCoreDatabases(store);
  await databases.channel('10001-10001');
  const deciding = [...opened].flatMap(([name, decides]) => (decides ? [name] : [])).sort();
  expect(deciding).toEqual(['dedupe', 'leases', 'people', 'sessions', 'stations', 'uins']);
  expect([...opened.keys()]).toEqual(expect.arrayContaining(['audit', 'vault', 'incoming', 'channel-10001-10001']));
});
