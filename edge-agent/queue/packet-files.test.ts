import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openPacketFiles } from './packet-files.ts';
import { temporaryFolder } from './station-database.fixture.ts';

const rid = '10001100770000120260301100000';
const otherRid = '10001100770000220260301100000';
const bytes = randomBytes(50_000);
const digest = sha256Hex(bytes);

/** A disk of its own, of that size; undefined where this user may not mount one. */
async function smallDisk(kib: number): Promise<string | undefined> {
  const folder = await temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', [folder]));
  return folder;
}

describe('a packet that was saved', () => {
  it('is there, is the same, and can be read by nobody else', async () => {
    const files = openPacketFiles(await temporaryFolder());
    await files.save(rid, bytes, digest);
    expect(await files.read(rid, digest)).toEqual(bytes);
    expect((await stat(join(files.folder, `${rid}.enrp`))).mode & 0o077).toBe(0);
    expect(await readdir(files.folder)).toEqual([`${rid}.enrp`]);
  });

  it('is not given out when it is missing, too short, or was changed', async () => {
    const files = openPacketFiles(await temporaryFolder());
    await expect(files.read(rid, digest)).rejects.toMatchObject({ code: 'ENR-STN-003' });
    await files.save(rid, bytes, digest);
    await writeFile(join(files.folder, `${rid}.enrp`), bytes.subarray(1));
    await expect(files.read(rid, digest)).rejects.toMatchObject({ code: 'ENR-STN-003' });
  });
});

describe('a packet that could not be saved', () => {
  it('because what was read back is something else, leaves nothing behind', async () => {
    const files = openPacketFiles(await temporaryFolder());
    await expect(files.save(rid, bytes, 'b'.repeat(64))).rejects.toMatchObject({ code: 'ENR-STN-002' });
    expect(await readdir(files.folder)).toEqual([]);
  });

  it('because the disk can not be written, says so and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const files = openPacketFiles(join(folder, 'packets'));
    await rm(join(folder, 'packets'), { recursive: true });
    await writeFile(join(folder, 'packets'), 'no folder');
    await expect(files.save(rid, bytes, digest)).rejects.toMatchObject({ code: 'ENR-STN-006' });
    expect(await readdir(folder)).toEqual(['packets']);
  });

  it('because the disk is full, says so, leaves nothing behind, and is saved when there is room', async (context) => {
    const folder = await smallDisk(128);
    context.skip(folder === undefined, 'mounting a small tmpfs needs root');
    const files = openPacketFiles(folder ?? '');
    await files.save(otherRid, bytes, digest);
    const ballast = join(files.folder, 'ballast');
    await writeFile(ballast, Buffer.alloc(60_000));
    await expect(files.save(rid, bytes, digest)).rejects.toMatchObject({ code: 'ENR-STN-001', detail: 'ENOSPC' });
    expect((await readdir(files.folder)).sort()).toEqual([`${otherRid}.enrp`, 'ballast'].sort());
    await rm(ballast);
    await files.save(rid, bytes, digest);
    expect(await files.read(otherRid, digest)).toEqual(bytes);
  });
});

describe('tidying up after a crash', () => {
  it('drops half files, puts whole ones without a row aside, and touches nothing else', async () => {
    const files = openPacketFiles(await temporaryFolder());
    await files.save(rid, bytes, digest);
    await files.save(otherRid, bytes, digest);
    await writeFile(join(files.folder, `${rid}.enrp.partial`), 'half');
    await writeFile(join(files.folder, 'notes.txt'), 'of someone');
    await mkdir(join(files.folder, 'backup'));
    await files.tidy(async (known) => known === rid);
    await files.tidy(async (known) => known === rid);
    expect((await readdir(files.folder)).sort()).toEqual([`${rid}.enrp`, 'backup', 'notes.txt', 'orphans']);
    expect(await readdir(join(files.folder, 'orphans'))).toEqual([`${otherRid}.enrp`]);
    expect((await stat(join(files.folder, 'orphans', `${otherRid}.enrp`))).size).toBe(bytes.byteLength);
  });

  it('makes no folder when there is nothing to put into it', async () => {
    const files = openPacketFiles(await temporaryFolder());
    await files.save(rid, bytes, digest);
    await files.tidy(async () => true);
    expect(existsSync(join(files.folder, 'orphans'))).toBe(false);
  });
});
