import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import { BUNDLE_PREFIX_BYTES, newBundleStream, openBundleStream } from '@enroute/shared/courier/format.ts';
import { FRAME_BYTES, frameOffset, openFrame, PAYLOAD_BYTES, sealFrame } from '@enroute/shared/courier/frames.ts';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { MAX_PACKET_BYTES } from '@enroute/shared/packet/format.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cargo, cargo, openTestCourier, STATION, type TestCourier } from './bundle.fixture.ts';
import type { TakeStep } from './steps.ts';

const KIB = 1024;

function digests(load: readonly Cargo[]): Map<string, string> {
  return new Map(load.map(({ name, body }) => [name, sha256Hex(body)]));
}

function closed(steps: readonly TakeStep[]) {
  return steps.filter((step) => step.step === 'closed');
}

function results(steps: readonly TakeStep[]): string[] {
  return steps.flatMap((step) => (step.step === 'entry' ? [`${step.id} ${step.result}`] : []));
}

async function written(courier: TestCourier, load: readonly Cargo[]): Promise<{ path: string; bytes: Buffer }> {
  const [file] = await courier.write(load);
  const path = file?.path ?? '';
  return { path, bytes: await readFile(path) };
}

async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0x55]), 0, 1, at);
  await file.close();
}

describe('a courier bundle', () => {
  it('arrives as it was sent, whatever the sizes', async () => {
    const courier = await openTestCourier();
    const sizes = [0, 1, PAYLOAD_BYTES, PAYLOAD_BYTES - 8, 3 * PAYLOAD_BYTES + 5, 700 * KIB, 17];
    const load = cargo(...sizes);
    const files = await courier.write(load);
    const { steps, got } = await courier.take(files.map(({ path }) => path));
    expect(got).toEqual(digests(load));
    expect(closed(steps)).toMatchObject([{ taken: 7, damaged: 0, missing: 0, brokeOffAtBytes: null }]);
  });

  it('arrives wherever its records begin and end in the frames', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 2 * PAYLOAD_BYTES }), { maxLength: 6 }), async (sizes) => {
        const courier = await openTestCourier();
        // Heads that straddle two frames: the first entry ends so many bytes before the end of a frame.
        const load = cargo(...sizes.map((size) => (size % 3 === 0 ? PAYLOAD_BYTES - 30 - (size % 40) : size)));
        const files = await courier.write(load);
        expect(files).toHaveLength(load.length === 0 ? 0 : 1);
        const { got } = await courier.take(files.map(({ path }) => path));
        expect(got).toEqual(digests(load));
      }),
      { numRuns: 25 },
    );
  });

  it('with the largest packet there may be arrives', async () => {
    const courier = await openTestCourier();
    const load = cargo(MAX_PACKET_BYTES);
    const files = await courier.write(load, { maxFileBytes: KIB });
    expect((await courier.take(files.map(({ path }) => path))).got).toEqual(digests(load));
    await expect(courier.write(cargo(MAX_PACKET_BYTES + 1))).rejects.toThrow(RangeError);
  });

  it('is several files when it is large, each of which stands for itself and says how many there are', async () => {
    const courier = await openTestCourier();
    const load = cargo(90 * KIB, 90 * KIB, 90 * KIB, 400 * KIB, 10);
    const files = await courier.write(load, { maxFileBytes: 320 * KIB });
    expect(files.map(({ entries }) => entries)).toEqual([2, 1, 1, 1]);
    const [first, second, third, fourth] = files.map(({ path }) => path);
    const { steps, got } = await courier.take([third, first, fourth, third, second].map(String));
    expect(got).toEqual(digests(load));
    const opened = steps.flatMap((step) => (step.step === 'opened' ? [`${step.number} of ${step.of}`] : []));
    expect(opened).toEqual(['3 of 4', '1 of 4', '4 of 4', '3 of 4', '2 of 4']);
    expect(results(steps)).toContain('packet-3 known');
  });

  it('stays within the bytes that it may have, and takes what still fits', async () => {
    const courier = await openTestCourier();
    const files = await courier.write(cargo(200 * KIB, 900 * KIB, 100 * KIB), { maxBytes: 500 * KIB });
    expect(files).toMatchObject([{ entries: 2 }]);
    expect(files[0]?.bytes).toBeLessThanOrEqual(500 * KIB);
    expect((await readFile(files[0]?.path ?? '')).byteLength).toBe(files[0]?.bytes);
  });

  it('tells a stranger nothing but whose key it is for, and its size in steps of a frame', async () => {
    const courier = await openTestCourier();
    const { path, bytes } = await written(courier, [
      { name: 'Zawadi Mbeki', body: Buffer.from('plain text, plain text') },
    ]);
    expect(bytes.byteLength).toBe(frameOffset(2));
    for (const told of ['Zawadi', 'plain', STATION, publicKeyOf(courier.sender).keyId, 'statement', '2026']) {
      expect(bytes.includes(told), told).toBe(false);
    }
    expect(path).toMatch(/\/[0-9a-f]{16}\.enrb$/);
    expect(bytes.subarray(0, 8)).toEqual(Buffer.from('ENRB\u0001\0\0\0'));
    expect(bytes.toString('hex', 8, 16)).toBe(courier.reader.keyId);
    const again = await written(courier, [{ name: 'Zawadi Mbeki', body: Buffer.from('plain text, plain text') }]);
    expect(again.bytes.subarray(16, 64)).not.toEqual(bytes.subarray(16, 64));
  });

  it('leaves nothing behind when it is given up, and nothing half done under its name', async () => {
    const courier = await openTestCourier();
    const { openBundleWriter } = await import('./write-bundle.ts');
    const writer = await openBundleWriter({
      folder: courier.stick,
      direction: 'up',
      station: STATION,
      sender: courier.sender,
      reader: publicKeyOf(courier.reader),
      maxFileBytes: 100 * KIB,
      maxBytes: undefined,
      now: () => new Date(),
    });
    for (const { name, body } of cargo(90 * KIB, 90 * KIB)) await writer.add('packet', { name }, body);
    expect((await courier.files()).every((file) => file.endsWith('.partial'))).toBe(true);
    await writer.abandon();
    expect(await courier.files()).toEqual([]);
  });

  it('is not written where there is no stick', async () => {
    const courier = await openTestCourier();
    const folder = `${courier.stick}/not-mounted`;
    await expect(courier.write(cargo(1), { folder })).rejects.toMatchObject({ code: 'ENR-CRR-007', detail: 'ENOENT' });
  });
});

describe('a damaged courier bundle', () => {
  it.each([
    ['in its magic', 0, 'ENR-CRR-001'],
    ['in its version', 4, 'ENR-CRR-002'],
    ['in what is reserved', 5, 'ENR-CRR-004'],
    ['in the id of its reader', 8, 'ENR-CRR-003'],
    ['in its sealed key', 16, 'ENR-CRR-004'],
    ['at the end of its sealed key', BUNDLE_PREFIX_BYTES - 1, 'ENR-CRR-004'],
    ['in its statement', BUNDLE_PREFIX_BYTES, 'ENR-CRR-004'],
    ['behind its statement', BUNDLE_PREFIX_BYTES + FRAME_BYTES - 1, 'ENR-CRR-004'],
  ])('%s is not opened', async (_where, at, code) => {
    const courier = await openTestCourier();
    const { path } = await written(courier, cargo(100));
    await flip(path, at);
    const { steps, got } = await courier.take([path]);
    expect(steps).toMatchObject([{ step: 'not-opened', problem: { code } }]);
    expect(got.size).toBe(0);
  });

  it('gives every entry that lies outside of the damage, and says which it could not', async () => {
    const courier = await openTestCourier();
    const load = cargo(30 * KIB, 300 * KIB, 30 * KIB, 200 * KIB);
    const { path } = await written(courier, load);
    // Within the second entry.
    await flip(path, frameOffset(3) + 100);
    const { steps, got } = await courier.take([path]);
    expect(results(steps)).toEqual(['packet-0 taken', 'packet-1 damaged', 'packet-2 taken', 'packet-3 taken']);
    expect(steps).toContainEqual({ step: 'hole', file: path, atBytes: frameOffset(3), toBytes: frameOffset(4) });
    expect(got).toEqual(digests(load.filter(({ name }) => name !== 'packet-1')));
    expect(closed(steps)).toMatchObject([{ taken: 3, damaged: 1, missing: 0, brokeOffAtBytes: null }]);
  });

  it('whichever byte of it is flipped, gives nothing that was not sent and misses nothing that is whole', async () => {
    const courier = await openTestCourier();
    const load = cargo(40 * KIB, 10, 150 * KIB, 20 * KIB);
    const { path, bytes } = await written(courier, load);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: frameOffset(1), max: bytes.byteLength - 1 }), async (at) => {
        await writeFile(path, bytes);
        await flip(path, at);
        const { steps, got } = await courier.take([path]);
        for (const [name, digest] of got) expect(digest).toBe(digests(load).get(name));
        const [tally] = closed(steps);
        expect(tally?.missing).toBe(4 - got.size - (tally?.damaged ?? 0));
        expect(got.size).toBeLessThan(4);
        // Four entries over four frames: a bad one costs three at most, and never all.
        expect(got.size).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  it('that broke off gives what is whole, and says where it ends', async () => {
    const courier = await openTestCourier();
    const load = cargo(100 * KIB, 100 * KIB, 100 * KIB);
    const { path } = await written(courier, load);
    await truncate(path, frameOffset(4) + 1_000);
    const { steps, got } = await courier.take([path]);
    expect([...got.keys()]).toEqual(['packet-0']);
    expect(results(steps)).toEqual(['packet-0 taken', 'packet-1 damaged']);
    expect(closed(steps)).toMatchObject([{ taken: 1, damaged: 1, missing: 1, brokeOffAtBytes: frameOffset(4) }]);
  });

  it('of any length at all does no harm', async () => {
    const courier = await openTestCourier();
    const load = cargo(60 * KIB, 60 * KIB);
    const { path, bytes } = await written(courier, load);
    for (const length of [0, 3, 95, 96, 97, frameOffset(1) - 1, frameOffset(1), frameOffset(2) - 1, frameOffset(2)]) {
      await writeFile(path, bytes.subarray(0, length));
      const { steps, got } = await courier.take([path]);
      expect(got.size, String(length)).toBe(length >= frameOffset(2) ? 1 : 0);
      const brokeOff = steps.some((step) => step.step === 'closed' && step.brokeOffAtBytes !== null);
      expect(brokeOff || steps[0]?.step === 'not-opened', String(length)).toBe(true);
    }
  });

  it('with bytes behind its end gives what is in it, and tells of them', async () => {
    const courier = await openTestCourier();
    const load = cargo(100);
    const { path, bytes } = await written(courier, load);
    await writeFile(path, Buffer.concat([bytes, bytes]));
    const { steps, got } = await courier.take([path]);
    expect(got).toEqual(digests(load));
    const { byteLength } = bytes;
    expect(steps).toContainEqual({ step: 'hole', file: path, atBytes: byteLength, toBytes: 2 * byteLength });
  });
});

describe('a forged courier bundle', () => {
  const refusal = async (courier: TestCourier, path: string) => (await courier.take([path])).steps;

  it('that somebody else has signed is not believed', async () => {
    const courier = await openTestCourier();
    const [file] = await courier.write(cargo(1), { sender: newSigningKeyPair() });
    const steps = await refusal(courier, file?.path ?? '');
    expect(steps).toMatchObject([{ step: 'not-opened', problem: { code: 'ENR-CRR-005' } }]);
  });

  it('in the name of a station that nobody knows is not believed', async () => {
    const courier = await openTestCourier();
    const [file] = await courier.write(cargo(1), { station: '1000110078' });
    expect(await refusal(courier, file?.path ?? '')).toMatchObject([{ problem: { code: 'ENR-AUT-004' } }]);
  });

  it('that goes the other way is not taken', async () => {
    const courier = await openTestCourier();
    const [file] = await courier.write(cargo(1), { direction: 'down' });
    expect(await refusal(courier, file?.path ?? '')).toMatchObject([{ problem: { code: 'ENR-CRR-005' } }]);
  });

  it('for another reader is not opened', async () => {
    const courier = await openTestCourier();
    const [file] = await courier.write(cargo(1), { reader: publicKeyOf(newSealingKeyPair()) });
    expect(await refusal(courier, file?.path ?? '')).toMatchObject([{ problem: { code: 'ENR-CRR-003' } }]);
  });

  it('with frames of another one, or its own in another order, gives none of those', async () => {
    const courier = await openTestCourier();
    const [one, other] = [cargo(200 * KIB), cargo(200 * KIB)];
    const first = await written(courier, one);
    const second = await written(courier, other);
    const frame = (bytes: Buffer, index: number) => bytes.subarray(frameOffset(index), frameOffset(index + 1));
    const mixed = Buffer.from(first.bytes);
    mixed.set(frame(second.bytes, 2), frameOffset(2));
    await writeFile(first.path, mixed);
    expect(results((await courier.take([first.path])).steps)).toEqual(['packet-0 damaged']);
    const shuffled = Buffer.from(first.bytes);
    shuffled.set(frame(first.bytes, 2), frameOffset(3));
    shuffled.set(frame(first.bytes, 3), frameOffset(2));
    await writeFile(first.path, shuffled);
    expect(results((await courier.take([first.path])).steps)).toEqual(['packet-0 damaged']);
  });

  it('made by its reader around a statement that somebody else has signed is not believed', async () => {
    const courier = await openTestCourier();
    const genuine = await written(courier, cargo(10));
    const from = openBundleStream(genuine.bytes.subarray(0, BUNDLE_PREFIX_BYTES), courier.reader);
    const { prefix, stream } = newBundleStream(publicKeyOf(courier.reader));
    const frames = [0, 1].map((index) => {
      const bytes = genuine.bytes.subarray(frameOffset(index), frameOffset(index + 1));
      return sealFrame(openFrame(bytes, index, from) ?? expect.fail('not opened'), index, stream);
    });
    await writeFile(genuine.path, Buffer.concat([prefix, ...frames]));
    expect(await refusal(courier, genuine.path)).toMatchObject([{ problem: { code: 'ENR-CRR-005' } }]);
  });

  it('with the statement of another one is not opened', async () => {
    const courier = await openTestCourier();
    const [first, second] = [await written(courier, cargo(10)), await written(courier, cargo(10))];
    const mixed = Buffer.from(first.bytes);
    mixed.set(second.bytes.subarray(frameOffset(0), frameOffset(1)), frameOffset(0));
    await writeFile(first.path, mixed);
    expect(await refusal(courier, first.path)).toMatchObject([{ problem: { code: 'ENR-CRR-004' } }]);
  });
});
