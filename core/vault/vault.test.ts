import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openVault, type Vault } from './vault.ts';

let folder: string;
let vault: Vault;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enroute-vault-'));
  vault = openVault(join(folder, 'vault'));
});
afterEach(() => rm(folder, { recursive: true }));

const BYTES = new TextEncoder().encode('a packet');
const DIGEST = sha256Hex(BYTES);
const uploaded = async (name = 'upload'): Promise<string> => {
  await writeFile(join(folder, name), BYTES);
  return join(folder, name);
};
const files = async (): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
};

describe('the vault', () => {
  test('gives back what was published, under its digest', async () => {
    await vault.publish(await uploaded(), DIGEST);
    expect(await vault.has(DIGEST)).toBe(true);
    expect(await vault.read(DIGEST)).toEqual(Buffer.from(BYTES));
  });

  test('takes the file over: it is in one place only', async () => {
    await vault.publish(await uploaded(), DIGEST);
    expect(await files()).toEqual([`${DIGEST}.enrp`]);
  });

  test('holds a packet once that was published twice', async () => {
    await vault.publish(await uploaded('first'), DIGEST);
    await vault.publish(await uploaded('second'), DIGEST);
    expect(await files()).toEqual([`${DIGEST}.enrp`]);
    expect(await vault.read(DIGEST)).toEqual(Buffer.from(BYTES));
  });

  test('does not have what was never published', async () => {
    expect(await vault.has(DIGEST)).toBe(false);
    await expect(vault.read(DIGEST)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('notices one bit that has rotted', async () => {
    await vault.publish(await uploaded(), DIGEST);
    const path = join(folder, 'vault', DIGEST.slice(0, 2), `${DIGEST}.enrp`);
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(3) ^ 1, 3);
    await writeFile(path, bytes);
    await expect(vault.read(DIGEST)).rejects.toMatchObject({ code: 'ENR-PKT-006' });
  });

  test('has nothing, half or whole, of a file that went away before it could be taken over', async () => {
    await expect(vault.publish(join(folder, 'gone'), DIGEST)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await vault.has(DIGEST)).toBe(false);
    expect(await files()).toEqual([]);
  });

  test('leaves the upload where it is when it can not take it over, so that it can be published again', async () => {
    // A file stands where the vault's folder must be: as good as a disk that refuses.
    await writeFile(join(folder, 'vault'), '');
    const path = await uploaded();
    await expect(vault.publish(path, DIGEST)).rejects.toMatchObject({ code: expect.stringMatching(/ENOTDIR|EEXIST/) });
    expect(await vault.has(DIGEST)).toBe(false);
    await rm(join(folder, 'vault'));
    await vault.publish(path, DIGEST);
    expect(await vault.read(DIGEST)).toEqual(Buffer.from(BYTES));
  });

  test('does not take a folder for a packet', async () => {
    await vault.publish(await uploaded(), DIGEST);
    expect(await vault.has('')).toBe(false);
  });

  test('finds everything again when it is opened anew', async () => {
    await vault.publish(await uploaded(), DIGEST);
    expect(await openVault(join(folder, 'vault')).read(DIGEST)).toEqual(Buffer.from(BYTES));
  });
});
