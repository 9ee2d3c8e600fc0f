import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StoreError } from '../store/store.ts';
import { openDiskVault } from './disk-vault.ts';
import { sourceOfBytes } from './packet-source.ts';
import { type ScrubProgress, scrub } from './scrub.ts';
import { newPacket } from './vault.conformance.ts';
import type { Vault } from './vault.ts';

const PACKET_BYTES = 20_000;

async function filled(packets: number) {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-vault-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const vault = openDiskVault(folder);
  const all = Array.from({ length: packets }, () => newPacket(PACKET_BYTES));
  const publish = async (wanted: string): Promise<void> => {
    const packet = all.find(({ digest }) => digest === wanted);
    await vault.publish(sourceOfBytes(packet?.bytes ?? new Uint8Array()), wanted);
  };
  for (const { digest } of all) await publish(digest);
  const digests = all.map(({ digest }) => digest).sort();
  const pathOf = (digest: string): string => join(folder, digest.slice(0, 2), `${digest}.enrp`);
  const rot = async (digest: string): Promise<void> => {
    const bytes = await readFile(pathOf(digest));
    bytes.writeUInt8(bytes.readUInt8(9_000) ^ 1, 9_000);
    await writeFile(pathOf(digest), bytes);
  };
  return { folder, vault, digests, pathOf, rot, publish };
}

describe('a scrub', () => {
  test('of a vault that is sound reads everything and reports nothing', async () => {
    const { vault, digests } = await filled(30);
    expect(await scrub(vault)).toEqual({
      packets: 30,
      bytes: 30 * PACKET_BYTES,
      rottenPackets: 0,
      rotten: [],
      complete: true,
      last: digests.at(-1),
    });
  });

  test('of an empty vault is complete at once', async () => {
    const { vault } = await filled(0);
    expect(await scrub(vault)).toMatchObject({ packets: 0, complete: true, last: undefined });
  });

  test('names every packet that has changed, and leaves it where it is', async () => {
    const { vault, digests, rot } = await filled(20);
    const bad = [digests[3], digests[17]] as [string, string];
    for (const digest of bad) await rot(digest);
    const report = await scrub(vault);
    expect(report).toMatchObject({ packets: 20, rottenPackets: 2, complete: true });
    expect(report.rotten.map(({ digest, what, setAside }) => ({ digest, what, setAside }))).toEqual(
      bad.map((digest) => ({ digest, what: 'changed', setAside: false })),
    );
    expect(await vault.has(bad[0])).toBe(true);
  });

  test('sets aside what has rotted where it is told to: the packet can come again, and no byte is deleted', async () => {
    const { folder, vault, digests, rot } = await filled(5);
    const [bad = ''] = digests;
    await rot(bad);
    expect((await scrub(vault, { setAside: true })).rotten).toMatchObject([{ digest: bad, setAside: true }]);
    expect(await vault.has(bad)).toBe(false);
    expect(await readdir(join(folder, 'rotten'))).toEqual([expect.stringContaining(bad)]);
    expect(await scrub(vault, { setAside: true })).toMatchObject({ packets: 4, rottenPackets: 0 });
  });

  test('tells a packet that cannot be read from one that has changed', async () => {
    const { vault, digests, pathOf } = await filled(3);
    const [, unreadable = ''] = digests;
    await rm(pathOf(unreadable));
    const broken: Vault = {
      ...vault,
      digests: async function* all() {
        yield digests;
      },
      open: (digest) => {
        if (digest === unreadable) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
        return vault.open(digest);
      },
    };
    expect((await scrub(broken)).rotten).toEqual([
      { digest: unreadable, what: 'unreadable', detail: 'EIO: i/o error', setAside: false },
    ]);
    // Gone between the list and the look, as when another scrub has set it aside.
    expect(await scrub({ ...broken, open: vault.open })).toMatchObject({ packets: 3, rottenPackets: 0 });
  });

  test.each([
    ['a store that is not to be reached', new StoreError('no connection', { transient: true })],
    ['a store that was closed, or lets nobody in', new StoreError('closed', { transient: false })],
    ['too many open files', Object.assign(new Error('EMFILE'), { code: 'EMFILE' })],
    ['too little memory', Object.assign(new Error('ENOMEM'), { code: 'ENOMEM' })],
    ['files that it may not read', Object.assign(new Error('EACCES'), { code: 'EACCES' })],
  ])('blames no packet for %s', async (_what, trouble) => {
    const { vault, digests } = await filled(3);
    const open = (): never => {
      throw trouble;
    };
    await expect(scrub({ ...vault, open }, { setAside: true })).rejects.toBe(trouble);
    expect(await vault.held(digests)).toEqual(new Set(digests));
  });

  test('leaves a packet where it is that was published again since it has looked at it', async () => {
    const { vault, digests, rot, publish } = await filled(3);
    const [bad = ''] = digests;
    await rot(bad);
    const setAside = async (digest: string): Promise<boolean> => {
      await publish(digest);
      return vault.setAside(digest);
    };
    const report = await scrub({ ...vault, setAside }, { setAside: true });
    expect(report.rotten).toMatchObject([{ digest: bad, setAside: false }]);
    expect(await scrub(vault)).toMatchObject({ packets: 3, rottenPackets: 0 });
  });

  test('that is stopped goes on behind the last packet, and both together have looked at each once', async () => {
    const { vault, digests } = await filled(12);
    const stopping = new AbortController();
    const seen: ScrubProgress[] = [];
    const onProgress = (progress: ScrubProgress): void => {
      seen.push(progress);
      if (progress.packets === 5) stopping.abort();
    };
    const first = await scrub(vault, { signal: stopping.signal, onProgress });
    expect(first).toMatchObject({ packets: 5, complete: false, last: digests[4] });
    const rest = await scrub(vault, { after: first.last ?? '', onProgress });
    expect(rest).toMatchObject({ packets: 7, complete: true, last: digests.at(-1) });
    expect(seen.map(({ last }) => last)).toEqual(digests);
  });

  test('keeps to its pace, and whoever stops it does not wait for that', async () => {
    const { vault } = await filled(6);
    const beganMs = performance.now();
    await scrub(vault, { bytesPerSecond: 6 * PACKET_BYTES * 4 });
    expect(performance.now() - beganMs).toBeGreaterThan(245);
    const stopping = new AbortController();
    const slow = scrub(vault, { bytesPerSecond: 1, signal: stopping.signal });
    stopping.abort();
    expect(await slow).toMatchObject({ complete: false });
  });
});
