import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deleteCouchDatabases } from '../store/couchdb/test-server.ts';
import { openStore } from '../store/open-store.ts';
import type { Database, Doc } from '../store/store.ts';
import { sourceOfBytes } from './packet-source.ts';
import { openStoreVault } from './store-vault.ts';
import { newPacket, type OpenedVault, vaultConformance } from './vault.conformance.ts';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
const couchdbUrl = process.env.COUCHDB_URL;

const onFatal = (error: Error): void => {
  throw error;
};

async function openDatabase(
  url: string | undefined,
): Promise<{ readonly database: Database; dispose(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-vault-'));
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
      const docs = await database.range<Doc>({ start: digest, end: `${digest};`, limit: 100 });
      const doc = docs.at(-1);
      const bytes = Buffer.from((await database.bytesOf(doc?._id ?? '')) ?? []);
      bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
      expect(await database.writeWithBytes({ ...doc, _id: doc?._id ?? '' }, bytes)).toMatchObject({ ok: true });
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

/** Counts what is asked of a database. */
function counted(database: Database): { readonly database: Database; readonly asked: string[] } {
  const asked: string[] = [];
  const counting = new Proxy(database, {
    get: (target, name: keyof Database) => {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...args: never[]) => {
        asked.push(name);
        return (value as (...all: never[]) => unknown).apply(target, args);
      };
    },
  });
  return { database: counting, asked };
}

describe('a packet in the store', () => {
  test('of one part is published with one request', async () => {
    const { database, dispose } = await openDatabase(undefined);
    onTestFinished(dispose);
    const { database: counting, asked } = counted(database);
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
    const part = await database.get(`${digest}:01`);
    await database.write([{ _id: `${digest}:01`, _rev: part?._rev, _deleted: true }]);
    await expect(vault.read(digest)).rejects.toMatchObject({ code: 'ENR-PKT-006' });
  });
});

describe('parts of a publication that was interrupted', () => {
  test('are cleared away when they are old; young ones, and those of packets, stay', async () => {
    const { database, dispose } = await openDatabase(undefined);
    onTestFinished(dispose);
    const now = new Date('2026-03-01T10:00:00.000Z');
    let at = new Date(now.getTime() - 3 * DAY_MS);
    const vault = openStoreVault(database, () => at);
    const interrupted = async () => {
      const { bytes } = newPacket(3 * MIB + 1);
      await expect(vault.publish(sourceOfBytes(bytes), newPacket().digest)).rejects.toThrow('ENR-PKT-006');
    };
    const { bytes, digest } = newPacket(2 * MIB);
    await vault.publish(sourceOfBytes(bytes), digest);
    await interrupted();
    at = now;
    await interrupted();
    expect((await database.info()).docCount).toBe(2 + 2 + 2);
    expect(await vault.clearUnfinished(new Date(now.getTime() - DAY_MS))).toBe(2);
    expect(await vault.clearUnfinished(new Date(now.getTime() - DAY_MS))).toBe(0);
    expect((await database.info()).docCount).toBe(2 + 2);
    expect(Buffer.from(await vault.read(digest)).equals(bytes)).toBe(true);
  });
});
