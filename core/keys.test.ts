import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64Url } from '@enroute/shared/crypto/encoding.ts';
import { keyPairToJson } from '@enroute/shared/crypto/keys.ts';
import { coreCardSchema } from '@enroute/shared/schemas/cards.ts';
import { writeKeyFile } from '@enroute/sync/disk/key-file.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { coreCardOf, openCoreKeys, renewEpoch } from './keys.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');
/** Nobody guesses here. */
const QUICK = { memoryKiB: 8, passes: 1 };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enroute-keys-'));
  path = join(folder, 'core-keys.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe("the core's keys", () => {
  test('are made at the first start and are the same at every later one', async () => {
    const first = await openCoreKeys(path, 'correct horse', QUICK);
    expect(await openCoreKeys(path, 'correct horse', QUICK)).toEqual(first);
    expect(first.storage).toHaveLength(32);
    expect(first.dedupe).toHaveLength(32);
    expect(first.storage).not.toEqual(first.dedupe);
  });

  test('are others in every installation', async () => {
    const one = await openCoreKeys(path, 'p', QUICK);
    const other = await openCoreKeys(join(folder, 'other.json'), 'p', QUICK);
    expect(other.epoch).not.toBe(one.epoch);
    expect(other.signing.keyId).not.toBe(one.signing.keyId);
    expect(other.storage).not.toEqual(one.storage);
  });

  test('do not open with another passphrase, and are not made anew over it', async () => {
    const first = await openCoreKeys(path, 'right', QUICK);
    await expect(openCoreKeys(path, 'wrong', QUICK)).rejects.toMatchObject({ code: 'ENR-STN-005' });
    expect(await openCoreKeys(path, 'right', QUICK)).toEqual(first);
  });

  test('do not open from a file that was changed', async () => {
    await openCoreKeys(path, 'right', QUICK);
    const file = JSON.parse(await readFile(path, 'utf8'));
    file.box = `${file.box.startsWith('A') ? 'B' : 'A'}${file.box.slice(1)}`;
    await writeFile(path, JSON.stringify(file));
    await expect(openCoreKeys(path, 'right', QUICK)).rejects.toMatchObject({ code: 'ENR-STN-005' });
  });

  test('lie in a file that only its owner can read, and that shows none of them', async () => {
    const keys = await openCoreKeys(path, 'right', QUICK);
    expect((await stat(path)).mode & 0o077).toBe(0);
    const text = await readFile(path, 'utf8');
    for (const secret of [keys.storage, keys.dedupe, keys.signing.secretKey, keys.sealing.secretKey]) {
      expect(text).not.toContain(toBase64Url(secret));
    }
  });

  test('stay what they are when the core is given a new epoch', async () => {
    const { epoch, generation, ...keys } = await openCoreKeys(path, 'right', QUICK);
    await expect(renewEpoch(path, 'wrong', NOW)).rejects.toMatchObject({ code: 'ENR-STN-005' });
    expect((await openCoreKeys(path, 'right', QUICK)).epoch).toBe(epoch);
    const renewed = await renewEpoch(path, 'right', NOW, QUICK);
    expect(renewed).not.toBe(epoch);
    const { generation: next, ...rest } = await openCoreKeys(path, 'right', QUICK);
    expect(rest).toEqual({ ...keys, epoch: renewed });
    expect(next).toBeGreaterThan(generation);
    expect((await stat(path)).mode & 0o077).toBe(0);
  });

  test('are of a higher generation with each epoch, as long as the file or the clock is right', async () => {
    const generation = async (): Promise<number> => (await openCoreKeys(path, 'right', QUICK)).generation;
    await openCoreKeys(path, 'right', QUICK);
    const first = await readFile(path);
    await renewEpoch(path, 'right', NOW, QUICK);
    const seen = await generation();
    // The clock has fallen back for years, and the file has not.
    await renewEpoch(path, 'right', new Date(0), QUICK);
    expect(await generation()).toBe(seen + 1);
    // The file was restored, and the clock goes on.
    await writeFile(path, first);
    expect(await generation()).toBe(0);
    await renewEpoch(path, 'right', new Date(NOW.getTime() + 60_000), QUICK);
    expect(await generation()).toBeGreaterThan(seen + 1);
  });

  test('of a file from before there were generations are of the first', async () => {
    const { generation: _none, epoch, signing, sealing, storage, dedupe } = await openCoreKeys(path, 'right', QUICK);
    await writeKeyFile(
      path,
      'right',
      {
        epoch,
        signing: keyPairToJson(signing),
        sealing: keyPairToJson(sealing),
        storage: toBase64Url(storage),
        dedupe: toBase64Url(dedupe),
      },
      QUICK,
    );
    expect(await openCoreKeys(path, 'right', QUICK)).toMatchObject({ epoch, generation: 0 });
    await renewEpoch(path, 'right', NOW, QUICK);
    expect((await openCoreKeys(path, 'right', QUICK)).generation).toBe(NOW.getTime() / 1000 + 1);
  });

  test('are shown to stations without the secrets', async () => {
    const keys = await openCoreKeys(path, 'right', QUICK);
    const card = coreCardOf(keys);
    expect(coreCardSchema.parse(card)).toEqual(card);
    expect(card.sealingKey).toEqual({ keyId: keys.sealing.keyId, key: toBase64Url(keys.sealing.publicKey) });
    expect(JSON.stringify(card)).not.toContain(toBase64Url(keys.signing.secretKey));
  });
});
