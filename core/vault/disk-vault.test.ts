import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openDiskVault } from './disk-vault.ts';
import { sourceOfBytes, sourceOfFile } from './packet-source.ts';
import { newPacket, vaultConformance } from './vault.conformance.ts';

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

const pathOf = (folder: string, digest: string): string => join(folder, digest.slice(0, 2), `${digest}.enrp`);

describe('the vault on a disk', () => {
  vaultConformance({
    open: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'enroute-vault-'));
      return {
        vault: openDiskVault(folder),
        reopen: () => openDiskVault(folder),
        rot: async (digest) => {
          const bytes = await readFile(pathOf(folder, digest));
          const at = bytes.byteLength - 3;
          bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
          await writeFile(pathOf(folder, digest), bytes);
        },
        interrupt: async () => {
          await mkdir(join(folder, 'unfinished'), { recursive: true });
          for (const name of ['one.partial', 'other.partial'])
            await writeFile(join(folder, 'unfinished', name), 'half');
        },
        things: async () => (await filesIn(folder)).length,
        dispose: () => rm(folder, { recursive: true }),
      };
    },
  });
});

describe('a file on the disk of the vault', () => {
  let folder: string;
  let vault: ReturnType<typeof openDiskVault>;
  const { bytes, digest } = newPacket();
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'enroute-vault-'));
    vault = openDiskVault(join(folder, 'vault'));
    onTestFinished(() => rm(folder, { recursive: true }));
  });
  const uploaded = async (name = 'upload', content: Uint8Array = bytes): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };

  test('is taken over: it is in one place only', async () => {
    const path = await uploaded();
    const { ino } = await stat(path);
    await vault.publish(await sourceOfFile(path), digest);
    expect(await filesIn(folder)).toEqual([`${digest}.enrp`]);
    expect((await stat(pathOf(join(folder, 'vault'), digest))).ino).toBe(ino);
  });

  test('is taken over also when the vault had the packet', async () => {
    await vault.publish(await sourceOfFile(await uploaded('first')), digest);
    await vault.publish(await sourceOfFile(await uploaded('second')), digest);
    expect(await filesIn(folder)).toEqual([`${digest}.enrp`]);
  });

  test('that is not the packet stays where it is', async () => {
    const path = await uploaded('upload', Buffer.alloc(100));
    await expect(vault.publish(await sourceOfFile(path), digest)).rejects.toMatchObject({ code: 'ENR-PKT-006' });
    expect(await filesIn(folder)).toEqual(['upload']);
  });

  test('that goes away before it could be taken over leaves nothing, half or whole', async () => {
    const path = await uploaded();
    const source = await sourceOfFile(path);
    await rm(path);
    await expect(vault.publish(source, digest)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await vault.has(digest)).toBe(false);
    expect(await filesIn(folder)).toEqual([]);
  });

  test('stays where it is when it can not be taken over, so that it can be published again', async () => {
    // A file stands where the vault's folder must be: as good as a disk that refuses.
    await writeFile(join(folder, 'vault'), '');
    const path = await uploaded();
    await expect(vault.publish(await sourceOfFile(path), digest)).rejects.toMatchObject({
      code: expect.stringMatching(/ENOTDIR|EEXIST/),
    });
    expect(await vault.has(digest)).toBe(false);
    await rm(join(folder, 'vault'));
    await vault.publish(await sourceOfFile(path), digest);
    expect(await vault.read(digest)).toEqual(bytes);
  });
});

describe('a vault that can not be looked into', () => {
  const behindFile = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'enroute-vault-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const vault = openDiskVault(folder);
    const { bytes, digest } = newPacket();
    await vault.publish(sourceOfBytes(bytes), digest);
    return { folder, vault, digest };
  };

  test('does not say that a packet is not there', async () => {
    const { folder, vault, digest } = await behindFile();
    // A name that leads to itself: as good as a folder that may not be read, also for whoever may read all.
    const shard = join(folder, digest.slice(0, 2));
    await rm(shard, { recursive: true });
    await symlink(shard, shard);
    await expect(vault.has(digest)).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(vault.held([digest])).rejects.toMatchObject({ code: 'ELOOP' });
  });

  test('because its folder is gone or is a file has no packet', async () => {
    const { folder, vault, digest } = await behindFile();
    await rm(join(folder, digest.slice(0, 2)), { recursive: true });
    expect(await vault.has(digest)).toBe(false);
    await writeFile(join(folder, digest.slice(0, 2)), '');
    expect(await vault.has(digest)).toBe(false);
  });
});

describe('a copy that was never finished', () => {
  test('is cleared away when it is old, and a young one stays: somebody may be writing it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'enroute-vault-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const vault = openDiskVault(folder);
    const { bytes, digest } = newPacket();
    await vault.publish(sourceOfBytes(bytes), digest);
    const left = (name: string): string => join(folder, 'unfinished', name);
    await mkdir(join(folder, 'unfinished'), { recursive: true });
    for (const name of ['old.partial', 'young.partial']) await writeFile(left(name), 'half');
    const now = Date.now();
    await utimes(left('old.partial'), new Date(now - 2_000), new Date(now - 2_000));
    expect(await vault.clearUnfinished(new Date(now - 1_000))).toBe(1);
    expect((await filesIn(folder)).sort()).toEqual([`${digest}.enrp`, 'young.partial'].sort());
  });
});
