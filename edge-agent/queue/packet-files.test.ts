import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openPacketFiles } from './packet-files.ts';
import { testItem } from './queue.fixture.ts';
import { signRejection } from './rejection.ts';
import { temporaryFolder } from './station-database.fixture.ts';

const bytes = randomBytes(50_000);
const digest = sha256Hex(bytes);
const packet = { digest, bytes: bytes.byteLength, keyId: '0123456789abcdef' };
const { rid, manifest } = testItem(1, { packet });
const { rid: otherRid, manifest: otherManifest } = testItem(2, { packet });

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
    await files.save(manifest, bytes);
    expect(await files.read(rid, digest)).toEqual(bytes);
    expect((await stat(join(files.folder, `${rid}.enrs`))).mode & 0o077).toBe(0);
    expect(await readdir(files.folder)).toEqual([`${rid}.enrs`]);
  });

  it('is not given out when it is missing, too short, or was changed', async () => {
    const files = openPacketFiles(await temporaryFolder());
    await expect(files.read(rid, digest)).rejects.toMatchObject({ code: 'ENR-STN-003' });
    await files.save(manifest, bytes);
    await writeFile(join(files.folder, `${rid}.enrs`), bytes.subarray(1));
    await expect(files.read(rid, digest)).rejects.toMatchObject({ code: 'ENR-STN-003' });
  });
});

describe('a packet that could not be saved', () => {
  it('because what was read back is something else, leaves nothing behind', async () => {
    const files = openPacketFiles(await temporaryFolder());
    await expect(
      files.save(testItem(1, { packet: { ...packet, digest: 'b'.repeat(64) } }).manifest, bytes),
    ).rejects.toMatchObject({ code: 'ENR-STN-002' });
    expect(await readdir(files.folder)).toEqual([]);
  });

  it('because the disk can not be written, says so and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const files = openPacketFiles(join(folder, 'packets'));
    await rm(join(folder, 'packets'), { recursive: true });
    await writeFile(join(folder, 'packets'), 'no folder');
    await expect(files.save(manifest, bytes)).rejects.toMatchObject({ code: 'ENR-STN-006' });
    expect(await readdir(folder)).toEqual(['packets']);
  });

  it('because the disk is full, says so, leaves nothing behind, and is saved when there is room', async (context) => {
    const folder = await smallDisk(128);
    context.skip(folder === undefined, 'mounting a small tmpfs needs root');
    const files = openPacketFiles(folder ?? '');
    await files.save(otherManifest, bytes);
    const ballast = join(files.folder, 'ballast');
    await writeFile(ballast, Buffer.alloc(60_000));
    await expect(files.save(manifest, bytes)).rejects.toMatchObject({ code: 'ENR-STN-001', detail: 'ENOSPC' });
    expect((await readdir(files.folder)).sort()).toEqual([`${otherRid}.enrs`, 'ballast'].sort());
    await rm(ballast);
    await files.save(manifest, bytes);
    expect(await files.read(otherRid, digest)).toEqual(bytes);
  });
});

describe('a decision of the supervisor', () => {
  const key = newSigningKeyPair();
  const rejected = signRejection(manifest, { by: 'salim', at: '2026-03-01T12:00:00.000Z', reason: 'DOCUMENTS' }, key);

  it('lies beside the packet, and goes with it', async () => {
    const files = openPacketFiles(await temporaryFolder());
    await files.save(manifest, bytes);
    expect(await files.readDecision(rid)).toBeUndefined();
    await files.saveDecision(rid, { rejected });
    expect(await files.readDecision(rid)).toEqual({ rejected });
    await files.delete(rid);
    await files.delete(rid);
    expect(await readdir(files.folder)).toEqual([]);
  });

  it('that is damaged is never taken for none', async () => {
    const files = openPacketFiles(await temporaryFolder());
    await writeFile(join(files.folder, `${rid}.decision.json`), '{"rejected":');
    await expect(files.readDecision(rid)).rejects.toMatchObject({ code: 'ENR-STN-003' });
    await writeFile(join(files.folder, `${rid}.decision.json`), '{}');
    await expect(files.readDecision(rid)).rejects.toMatchObject({ code: 'ENR-STN-003' });
  });
});

describe('the folder of packets', () => {
  it('lists what lies in it by RID, and nothing else', async () => {
    const files = openPacketFiles(await temporaryFolder());
    await files.save(otherManifest, bytes);
    await files.save(manifest, bytes);
    await writeFile(join(files.folder, 'notes.enrs'), 'of someone');
    await writeFile(join(files.folder, 'notes.txt'), 'of someone');
    await mkdir(join(files.folder, 'backup'));
    expect(await files.rids()).toEqual([rid, otherRid]);
  });

  it('loses half files when it is tidied, and nothing else', async () => {
    const files = openPacketFiles(await temporaryFolder());
    await files.save(manifest, bytes);
    await writeFile(join(files.folder, `${otherRid}.enrs.partial`), 'half');
    await writeFile(join(files.folder, 'notes.txt'), 'of someone');
    await files.tidy();
    expect((await readdir(files.folder)).sort()).toEqual([`${rid}.enrs`, 'notes.txt']);
  });

  it('gives out no packet that is another than the one asked for', async () => {
    const files = openPacketFiles(await temporaryFolder());
    await files.save(manifest, bytes);
    await rename(join(files.folder, `${rid}.enrs`), join(files.folder, `${otherRid}.enrs`));
    await expect(files.read(otherRid, digest)).rejects.toMatchObject({ code: 'ENR-STN-003' });
    await files.save(manifest, bytes);
    await expect(files.read(rid, 'c'.repeat(64))).rejects.toMatchObject({ code: 'ENR-STN-003' });
  });
});
