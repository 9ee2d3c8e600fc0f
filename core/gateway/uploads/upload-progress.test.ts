/** What a station hears while it sends. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { partDigests } from '@enroute/sync/upload/parts.ts';
import { Upload } from '@tus/utils';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { announce, tus } from '../gateway.fixture.ts';
import { fileMedium } from './file-medium.ts';
import { GrowingFile } from './growing-file.ts';
import { IncomingStore } from './incoming-store.ts';
import { announced, expectReceived, openPatch, sendSlowly, until } from './upload.fixture.ts';
import { followDurably } from './upload-progress.ts';

describe('a station that sends slowly', () => {
  it('hears now and then how many bytes are durable, always more, and at last that all are', async () => {
    const scene = await announced(200_000, { progressMs: 40 });
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const patch = await openPatch(scene);
    await sendSlowly(patch.request, bytes, { everyMs: 15 });
    patch.request.end();
    expect(await patch.answer).toMatchObject({
      status: 204,
      headers: { 'upload-offset': String(bytes.byteLength) },
    });
    const { acknowledged } = patch;
    expect(acknowledged.length).toBeGreaterThan(3);
    expect(acknowledged).toEqual([...new Set(acknowledged)].sort((a, b) => a - b));
    expect(acknowledged.at(-1)).toBeLessThanOrEqual(bytes.byteLength);
    await expectReceived(scene);
  });

  it('hears nothing while nothing comes', async () => {
    const scene = await announced(200_000, { progressMs: 20 });
    await tus.create(scene.gateway, scene.station, scene.packet);
    const patch = await openPatch(scene);
    patch.request.write(scene.bytes.subarray(0, 10_000));
    await until(() => patch.acknowledged.at(-1) === 10_000);
    const heard = patch.acknowledged.length;
    await sleep(150);
    expect(patch.acknowledged).toHaveLength(heard);
    patch.request.destroy();
  });

  it('has every byte kept that was acknowledged, when the connection breaks', async () => {
    const scene = await announced(200_000, { progressMs: 20 });
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const patch = await openPatch(scene);
    await sendSlowly(patch.request, bytes.subarray(0, 120_000), { everyMs: 10 });
    patch.request.destroy();
    const { headers } = await tus.head(gateway, station, packet.id);
    expect(Number(headers.get('upload-offset'))).toBeGreaterThanOrEqual(patch.acknowledged.at(-1) ?? Number.NaN);
  });
});

describe('a station that sends fast', () => {
  it('hears the final answer alone', async () => {
    const scene = await announced(1024 * 1024);
    await tus.create(scene.gateway, scene.station, scene.packet);
    const patch = await openPatch(scene);
    patch.request.end(scene.bytes);
    expect(await patch.answer).toMatchObject({ status: 204 });
    expect(patch.acknowledged).toEqual([]);
  });
});

describe('a client of HTTP/1.0', () => {
  it('is sent one answer and nothing before it', async () => {
    const scene = await announced(50_000, { progressMs: 10 });
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    const heard = text(socket);
    const head = [
      `PATCH /uploads/${packet.id} HTTP/1.0`,
      `authorization: ${await station.authorization()}`,
      'tus-resumable: 1.0.0',
      'upload-offset: 0',
      'content-type: application/offset+octet-stream',
      `content-length: ${bytes.byteLength}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    for (let at = 0; at < bytes.byteLength; at += 10_000) {
      socket.write(bytes.subarray(at, at + 10_000));
      await sleep(20);
    }
    expect((await heard).match(/^HTTP\/1\.\d (\d+)/gm)).toEqual(['HTTP/1.1 204']);
    await expectReceived(scene);
  });
});

describe('a connection', () => {
  const IDLE_MS = 500;

  it('that is slow is not closed as long as bytes move', async () => {
    const scene = await announced(100_000, { idleMs: IDLE_MS });
    await tus.create(scene.gateway, scene.station, scene.packet);
    const patch = await openPatch(scene);
    const begunMs = performance.now();
    await sendSlowly(patch.request, scene.bytes, { chunkBytes: 5_000, everyMs: 100 });
    patch.request.end();
    expect(await patch.answer).toMatchObject({ status: 204 });
    expect(performance.now() - begunMs).toBeGreaterThan(3 * IDLE_MS);
    await expectReceived(scene);
  });

  it('that has died without a word is closed, its bytes are kept and its place is free', async () => {
    const limits = { mostUploads: 1, leastFreeBytes: 0 };
    const scene = await announced(100_000, { idleMs: IDLE_MS, uploads: { limits } });
    const { gateway, station, packet, bytes } = scene;
    const other = station.packet(2, 1_000);
    await announce(gateway, station, other);
    await tus.create(gateway, station, packet);
    const patch = await openPatch(scene);
    patch.request.write(bytes.subarray(0, 40_000));
    expect(await patch.answer).toBeUndefined();
    await until(async () => (await tus.create(gateway, station, other)).status === 201);
    for (const [{ id }, rest] of [[other, other.sealed.bytes] as const, [packet, bytes.subarray(40_000)] as const]) {
      const offset = id === packet.id ? 40_000 : 0;
      expect((await tus.patch(gateway, station, id, offset, rest)).status).toBe(204);
    }
    await expectReceived(scene);
  });
});

async function folderOfTest(): Promise<string> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-growing-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** From now on no bytes are promised to any file; the path is that of one that is there. */
async function failingDisk(path: string) {
  const file = await open(path, 'r');
  const failing = vi.spyOn(Object.getPrototypeOf(file), 'datasync').mockRejectedValue(new Error('EIO'));
  await file.close();
  onTestFinished(() => failing.mockRestore());
  return failing;
}

describe('a disk that refuses to promise bytes', () => {
  it('has them acknowledged to nobody, and they are taken out of the file again', async () => {
    const path = join(await folderOfTest(), 'upload');
    await writeFile(path, 'durable');
    const file = await GrowingFile.open(path, 7);
    const told: number[] = [];
    const progress = followDurably(file, 5, {
      check: () => undefined,
      tell: (bytes) => told.push(bytes),
      failed: () => undefined,
    });
    await file.append(Buffer.from(' too'));
    await until(() => told.length === 1);

    const failing = await failingDisk(path);
    await file.append(Buffer.from(' lost'));
    await until(() => failing.mock.calls.length > 0);
    await expect(progress.stop()).rejects.toThrow('EIO');
    expect(told).toEqual([11]);
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('durable too');
  });

  it('is given no more of them, also when it has recovered, and nothing stands behind a hole', async () => {
    const path = join(await folderOfTest(), 'upload');
    await writeFile(path, 'durable');
    const file = await GrowingFile.open(path, 7);
    await file.append(Buffer.from(' lost'));
    const failing = await failingDisk(path);
    const meanwhile = [file.makeDurable(), file.append(Buffer.from(' on its way'))];
    expect((await Promise.allSettled(meanwhile))[0]).toMatchObject({ status: 'rejected' });
    failing.mockRestore();
    await expect(file.append(Buffer.from(' after'))).rejects.toThrow('EIO');
    await expect(file.makeDurable()).rejects.toThrow('EIO');
    await expect(file.cutOff(9)).rejects.toThrow('EIO');
    expect(file.endBytes).toBe(7);
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('durable');
  });

  it('ends the upload where it was durable, and what it has of that is checked before it is counted on', async () => {
    const directory = await folderOfTest();
    const store = new IncomingStore(fileMedium(directory), 1);
    const bytes = randomBytes(200_000);
    const path = join(directory, 'a');
    await store.create(
      new Upload({ id: 'a', size: bytes.byteLength, offset: 0, metadata: { parts: partDigests(bytes) } }),
    );
    expect(await store.offsetOf('a')).toBe(0);
    await store.write(Readable.from([bytes.subarray(0, 100_000)]), 'a', 0);
    const failing = await failingDisk(path);
    async function* comes(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(100_000, 110_000);
      await until(() => failing.mock.settledResults.length > 0);
      failing.mockRestore();
      yield bytes.subarray(110_000, 120_000);
    }
    await expect(store.write(Readable.from(comes()), 'a', 100_000)).rejects.toThrow('EIO');
    expect(await readFile(path)).toEqual(bytes.subarray(0, 100_000));
    // Such a disk may have lost more than it says.
    const rest = await readFile(path);
    rest[1_000] = 255 - (rest[1_000] ?? 0);
    await writeFile(path, rest);
    expect(await store.offsetOf('a')).toBe(0);
  });
});
