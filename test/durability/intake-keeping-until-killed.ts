/**
 * The victim of `intake-power-cut.test.ts`: an embedded store and two vaults that are written all the time, by several at
 * once, until the power goes. Argument: the folder. What was acknowledged it prints:
 *
 *   wrote <database> <id> <rev>
 *   published <disk | store> <digest>
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '@enroute/core/store/open-store.ts';
import type { Database } from '@enroute/core/store/store.ts';
import { openDiskVault } from '@enroute/core/vault/disk-vault.ts';
import { sourceOfBytes, sourceOfFile } from '@enroute/core/vault/packet-source.ts';
import { openStoreVault } from '@enroute/core/vault/store-vault.ts';
import type { PacketSource, Vault } from '@enroute/core/vault/vault.ts';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { KEPT_DATABASES, TALLY } from './intake-kept.ts';

const DOCS = 20;
const MAX_BYTES = 32 * 1024;
/** A packet of several parts, now and then. */
const LARGE_BYTES = 1536 * 1024;
const LARGE_ONE_OF = 12;

const [folder = ''] = process.argv.slice(2);
const onFatal = (error: Error): void => {
  throw error;
};
const store = await openStore({ folder: join(folder, 'store'), onFatal });
const databases = await Promise.all(KEPT_DATABASES.map((name) => store.database(name)));
const vaults = { disk: openDiskVault(join(folder, 'vault')), store: openStoreVault(await store.database('vault')) };
const incoming = join(folder, 'incoming');
mkdirSync(incoming, { recursive: true });

/** Straight to the pipe: what was printed must have been acknowledged, and nothing may wait in a buffer. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** New documents, and one that is written over again and again. */
async function write(database: Database): Promise<never> {
  for (;;) {
    const tally = await database.get(TALLY);
    const docs = Array.from({ length: DOCS }, () => ({ _id: randomBytes(8).toString('hex'), text: 'x'.repeat(300) }));
    const results = await database.write([{ ...tally, _id: TALLY }, ...docs]);
    for (const result of results) {
      if (!result.ok) throw new Error(`${database.name} ${result.id}: ${result.detail}`);
      say(`wrote ${database.name} ${result.id} ${result.rev}`);
    }
    await sleep(Math.random() * 10);
  }
}

/** From memory, or from a file beside the vault, as uploads come. */
function sourceOf(bytes: Uint8Array, digest: string): PacketSource | Promise<PacketSource> {
  if (Math.random() < 0.5) return sourceOfBytes(bytes);
  const path = join(incoming, digest);
  writeFileSync(path, bytes);
  return sourceOfFile(path);
}

async function publish(name: keyof typeof vaults, vault: Vault): Promise<never> {
  for (;;) {
    const most = Math.random() * LARGE_ONE_OF < 1 ? LARGE_BYTES : MAX_BYTES;
    const bytes = randomBytes(Math.ceil(Math.random() * most));
    const digest = sha256Hex(bytes);
    await vault.publish(await sourceOf(bytes, digest), digest);
    say(`published ${name} ${digest}`);
    await sleep(Math.random() * 10);
  }
}

await Promise.all([
  ...databases.map(write),
  publish('disk', vaults.disk),
  publish('disk', vaults.disk),
  publish('store', vaults.store),
]);
