import { open, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { cargo, openTestCourier, STATION, type TestCourier } from './bundle.fixture.ts';
import { BundleFile } from './bundle-file.ts';
import { tellWrite } from './tell-steps.ts';
import { openUncached } from './uncached-file.ts';
import { type BundleWriter, openBundleWriter } from './write-bundle.ts';

const KIB = 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

function writerOf(courier: TestCourier): Promise<BundleWriter> {
  return openBundleWriter({
    folder: courier.stick,
    direction: 'up',
    station: STATION,
    sender: courier.sender,
    reader: publicKeyOf(courier.reader),
    maxFileBytes: 1024 ** 3,
    maxBytes: undefined,
    now: () => new Date(),
  });
}

/** From now on the stick answers every read or write with this error. */
async function breakStick({ stick }: TestCourier, operation: 'read' | 'write', code: string): Promise<void> {
  const probe = await open(stick, 'r');
  const broken = vi.spyOn(Object.getPrototypeOf(probe), operation);
  await probe.close();
  broken.mockRejectedValue(Object.assign(new Error(code), { code }));
  onTestFinished(() => broken.mockRestore());
}

describe('writing a courier bundle', () => {
  it('leaves nothing on a stick that is full from the start', async () => {
    const courier = await openTestCourier();
    const writer = await writerOf(courier);
    await breakStick(courier, 'write', 'ENOSPC');
    const failure = { code: 'ENR-CRR-007', detail: 'ENOSPC' };
    await expect(writer.add('packet', {}, new Uint8Array(90 * KIB))).rejects.toMatchObject(failure);
    await writer.abandon();
    expect(await courier.files()).toEqual([]);
  });

  it('makes no file for an entry that does not fit', async () => {
    const courier = await openTestCourier();
    const create = vi.spyOn(BundleFile, 'create');
    onTestFinished(() => create.mockRestore());
    const sizes = [200 * KIB, 900 * KIB, 900 * KIB, 100 * KIB];
    expect(await courier.write(cargo(...sizes), { maxBytes: 500 * KIB })).toMatchObject([{ entries: 2 }]);
    expect(await courier.write(cargo(900 * KIB), { maxBytes: 500 * KIB })).toEqual([]);
    expect(create).toHaveBeenCalledTimes(1);
  });

  it('begins another file where one has as many entries as it may', async () => {
    const courier = await openTestCourier();
    const files = await courier.write(cargo(1, 1, 1, 1, 1), { maxFileEntries: 2 });
    expect(files.map(({ entries }) => entries)).toEqual([2, 2, 1]);
  });

  it('sweeps away what a stick that was pulled has left, and nothing else', async () => {
    const courier = await openTestCourier();
    const place = (name: string) => join(courier.stick, name);
    const names = ['0123456789abcdef.enrb.partial', 'letter.enrb.partial', 'fedcba9876543210.enrb'];
    for (const name of names) {
      await writeFile(place(name), '');
      await utimes(place(name), new Date(Date.now() - 2 * DAY_MS), new Date(Date.now() - 2 * DAY_MS));
    }
    await writeFile(place('00000000000000ff.enrb.partial'), '');
    const writer = await writerOf(courier);
    await writer.abandon();
    const left = ['00000000000000ff.enrb.partial', 'fedcba9876543210.enrb', 'letter.enrb.partial'];
    expect((await readdir(courier.stick)).sort()).toEqual(left);
  });
});

describe('reading back', () => {
  it('goes to the medium, wherever in the file the bytes lie', async ({ skip }) => {
    const courier = await openTestCourier();
    const path = join(courier.stick, 'bytes');
    const bytes = Buffer.concat(cargo(200_001).map(({ body }) => body));
    await writeFile(path, bytes);
    const file = (await openUncached(path, 65_552)) ?? skip('This file system reads from memory only.');
    onTestFinished(() => file.close());
    for (const [at, length] of [
      [0, 96],
      [96, 65_552],
      [65_648, 65_552],
      [190_000, 65_552],
      [200_001, 10],
    ] as const) {
      expect(Buffer.from(await file.read(at, length)).equals(bytes.subarray(at, at + length)), `${at}`).toBe(true);
    }
  });

  it('finds a stick bad that does not give what it took', async () => {
    const courier = await openTestCourier();
    await breakStick(courier, 'read', 'EIO');
    await expect(courier.write(cargo(10))).rejects.toMatchObject({ code: 'ENR-CRR-008', detail: 'EIO' });
  });

  it('is said only where it was done', async () => {
    const courier = await openTestCourier();
    const [file] = await courier.write(cargo(10));
    const uncached = await openUncached(file?.path ?? '', 96);
    await uncached?.close();
    expect(file?.readBack).toBe(uncached !== undefined);
    const step = { step: 'file', path: '/a.enrb', bytes: 1_000_000, entries: 1 } as const;
    expect(tellWrite({ ...step, readBack: true }, 'packet')).toBe('/a.enrb  1 packet, 1.0 MB, written and read back');
    expect(tellWrite({ ...step, readBack: false }, 'packet')).toMatch(
      /written and synced, not read back from the medium$/,
    );
  });
});
