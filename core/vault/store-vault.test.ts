import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { beforeCall } from '../store/before-call.fixture.ts';
import { deleteCouchDatabases } from '../store/couchdb/test-server.ts';
import { openStore } from '../store/open-store.ts';
import { type Database, type Doc, StoreError } from '../store/store.ts';
import { sourceOfBytes } from './packet-source.ts';
import { openStoreVault } from './store-vault.ts';
import { newPacket, type OpenedVault, vaultConformance } from './vault.conformance.ts';

const MIB = 1024 * 1024;
const couchdbUrl = process.env.COUCHDB_URL;

const onFatal = (error: Error): void => {
  throw error;
};

async function openDatabase(
  url: string | undefined,
): Promise<{ readonly database: Database; dispose(): Promise<void> }> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-vault-'));
  const prefix = `test-${randomBytes(6).toString('hex')}-`;
  const store = await openStore({
    folder,
    onFatal,
    ...(url ? { couchdbUrl: url, couchdb: { prefix, q: 2, n: 1 } } : {}),
  });
  return {
    database: await store.database('vault'),
    dispose: async () => {
      await store.close();
      await rm(folder, { recursive: true });
      if (url) await deleteCouchDatabases(url, prefix);
    },
  };
}

async function openVault(url?: string): Promise<OpenedVault> {
  const { database, dispose } = await openDatabase(url);
  return {
    vault: openStoreVault(database),
    reopen: () => openStoreVault(database),
    rot: async (digest) => {
      // The last of its documents, so that rot of a further part is looked at, too.
      const head = await database.get<Doc & { readonly publication: string }>(digest);
      const start = `part:${digest}:${head?.publication}:`;
      const doc = (await database.range<Doc>({ start, end: `${start};`, limit: 100 })).at(-1) ?? head;
      const bytes = Buffer.from((await database.bytesOf(doc?._id ?? '')) ?? []);
      bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
      expect(await database.writeWithBytes({ ...doc, _id: doc?._id ?? '' }, bytes)).toMatchObject({ ok: true });
    },
    interrupt: async () => {
      const { bytes, digest } = newPacket(2 * MIB + 1);
      const breaking = beforeCall(database, 'writeWithBytes', async ({ _id }: Doc) => {
        if (_id === digest) throw new StoreError('no connection', { transient: true });
      });
      await expect(openStoreVault(breaking).publish(sourceOfBytes(bytes), digest)).rejects.toThrow('no connection');
    },
    things: async () => (await database.info()).docCount,
    dispose,
  };
}

describe('the vault in the embedded store', () => vaultConformance({ open: () => openVault() }));

const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';
describe.skipIf(!couchdbUrl)(`the vault in CouchDB${reason}`, () =>
  vaultConformance({ open: () => openVault(couchdbUrl) }),
);

describe('a packet in the store', () => {
  test('of one part is published with one request', async () => {
    const { database, dispose } = await openDatabase(undefined);
    onTestFinished(dispose);
    const asked: (string | symbol)[] = [];
    const counting = new Proxy(database, {
      get: (target, name: keyof Database) => {
        asked.push(name);
        const value = target[name];
        return typeof value === 'function' ? (value as (...all: unknown[]) => unknown).bind(target) : value;
      },
    });
    const { bytes, digest } = newPacket(200_000);
    await openStoreVault(counting).publish(sourceOfBytes(bytes), digest);
    expect(asked).toEqual(['writeWithBytes']);
  });

  test('whose further part is missing has rotted', async () => {
    const { database, dispose } = await openDatabase(undefined);
    onTestFinished(dispose);
    const vault = openStoreVault(database);
    const { bytes, digest } = newPacket(2 * MIB);
    await vault.publish(sourceOfBytes(bytes), digest);
    await removePart(database);
    await expect(vault.read(digest)).rejects.toMatchObject({ code: 'ENR-PKT-006' });
    expect(await vault.setAside(digest)).toBe(true);
    expect((await database.info()).docCount).toBe(1);
  });
});

async function removePart(database: Database): Promise<void> {
  const [part] = await database.range<Doc>({ start: 'part:', end: 'part;', limit: 1 });
  await database.write([{ _id: part?._id ?? '', _rev: part?._rev, _deleted: true }]);
}

describe('a packet that is set aside', () => {
  const rotten = async () => {
    const { database, dispose } = await openDatabase(undefined);
    onTestFinished(dispose);
    const vault = openStoreVault(database);
    const { bytes, digest } = newPacket(2 * MIB);
    const publish = () => vault.publish(sourceOfBytes(bytes), digest);
    await publish();
    await removePart(database);
    const isWhole = async () => Buffer.from(await vault.read(digest)).equals(bytes);
    return { database, digest, publish, isWhole };
  };

  test('and published again while its bytes are being kept, stays as it was published', async () => {
    const { database, digest, publish, isWhole } = await rotten();
    const between = beforeCall(database, 'writeWithBytes', async ({ _id }) => {
      if (_id.startsWith('rotten:')) await publish();
    });
    expect(await openStoreVault(between).setAside(digest)).toBe(false);
    expect(await isWhole()).toBe(true);
    expect((await database.info()).docCount).toBe(2);
  });

  test('and published again as soon as its name is free, stays as it was published', async () => {
    const { database, digest, publish, isWhole } = await rotten();
    let isFree = false;
    const between = beforeCall(database, 'write', async ([doc]) => {
      if (isFree) return;
      isFree = true;
      // The write that frees the name goes first, and nothing is left to do for the one that was asked for.
      await database.write([doc ?? { _id: '' }]);
      await publish();
    });
    await openStoreVault(between).setAside(digest);
    expect(await isWhole()).toBe(true);
  });

  test('stays where it is when the store does not give out its bytes', async () => {
    const { database, digest } = await rotten();
    const withheld = new Proxy(database, {
      get: (target, name: keyof Database) => {
        const value = target[name];
        if (name === 'bytesOf') return async () => undefined;
        return typeof value === 'function' ? (value as (...all: unknown[]) => unknown).bind(target) : value;
      },
    });
    const vault = openStoreVault(withheld);
    await expect(vault.read(digest)).rejects.toMatchObject({ code: 'ENR-PKT-006' });
    expect(await vault.setAside(digest)).toBe(false);
    expect(await database.get(digest)).toBeDefined();
    expect((await database.info()).docCount).toBe(1);
  });
});
