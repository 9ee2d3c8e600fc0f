import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { expect, test } from 'vitest';
import { runDifferential } from './differential.fixture.ts';
import { freshFolder, openVisits, storageIn, type VisitStore } from './store.fixture.ts';

const OPERATIONS = 1500;
const REOPEN_EVERY = 200;

/** Enough for a fault to show. */
const FEW_OPERATIONS = 300;

async function plan(
  seed: number,
  operations = OPERATIONS,
  spoil: (instance: VisitStore) => VisitStore = (instance) => instance,
) {
  const storage = storageIn(freshFolder());
  return runDifferential({
    seed,
    operations,
    reopenEvery: REOPEN_EVERY,
    reference: await openVisits(getRxStorageMemory(), {}, `reference-${Math.random()}`),
    openCandidate: async () => spoil(await openVisits(storage, {})),
  });
}

test.for([1, 2, 3, 20_260_101])('with seed %i it behaves like the memory storage, across reopens', async (seed) => {
  const { differences, reopened, seen } = await plan(seed);
  expect(differences).toEqual([]);
  expect(reopened).toBe(Math.floor(OPERATIONS / REOPEN_EVERY));
  // That nothing differed only counts if everything happened.
  for (const kind of [
    'insert',
    'update',
    'delete',
    'revive',
    'conflict',
    'stale',
    'query',
    'count',
    'by id',
    'cleanup',
  ]) {
    expect(seen[kind], kind).toBeGreaterThan(5);
  }
});

/** The same instance with one method replaced. */
function spoilt(instance: VisitStore, replaced: Partial<VisitStore>): VisitStore {
  return new Proxy(instance, {
    get: (target, name) => {
      const value = Reflect.get(replaced, name) ?? Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('the comparison notices documents in another order', async () => {
  const { differences } = await plan(1, FEW_OPERATIONS, (instance) =>
    spoilt(instance, {
      query: async (query) => ({ documents: (await instance.query(query)).documents.toReversed() }),
    }),
  );
  expect(differences.some((difference) => difference.startsWith('query'))).toBe(true);
});

test('the comparison notices a field that is lost', async () => {
  const { differences } = await plan(1, FEW_OPERATIONS, (instance) =>
    spoilt(instance, {
      findDocumentsById: async (ids, deleted) => {
        const documents = await instance.findDocumentsById(ids, deleted);
        return documents.map((document) => ({ ...document, _meta: { lwt: 0 } }));
      },
    }),
  );
  expect(differences.some((difference) => difference.startsWith('by id'))).toBe(true);
});

test('the comparison notices deletions that do not happen', async () => {
  const { differences } = await plan(1, FEW_OPERATIONS, (instance) =>
    spoilt(instance, {
      bulkWrite: (rows, context) =>
        instance.bulkWrite(
          rows.filter((row) => !row.document._deleted),
          context,
        ),
    }),
  );
  expect(differences.some((difference) => difference.startsWith('all'))).toBe(true);
});
