/** Parts that were damaged on the way, or on the disk. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { partDigests } from '@enroute/sync/upload/parts.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ERROR_LEVEL, metadata, registrationOf, tus } from '../gateway.fixture.ts';
import { announced, expectReceived, leftBehind, openPatch, type Scene, withParts } from './upload.fixture.ts';

const PART_BYTES = 64 * 1024;

async function begun(size?: number): Promise<Scene> {
  const scene = await announced(size);
  expect((await tus.create(scene.gateway, scene.station, scene.packet, withParts(scene))).status).toBe(201);
  return scene;
}

function spoiltAt(bytes: Uint8Array, at: number): Uint8Array {
  const spoilt = Uint8Array.from(bytes);
  spoilt[at] = 255 - (spoilt[at] ?? 0);
  return spoilt;
}

const fileOf = ({ gateway, packet }: Scene): string => join(gateway.incomingFolder, packet.id);

async function offsetOf({ gateway, station, packet }: Scene): Promise<number> {
  const { headers } = await tus.head(gateway, station, packet.id);
  return Number(headers.get('upload-offset') ?? Number.NaN);
}

async function leftWithParts(scene: Scene, bytes: Uint8Array): Promise<void> {
  await leftBehind(scene, bytes, { parts: partDigests(scene.bytes) });
}

describe('a part that was damaged on its way', () => {
  it('is cut off, the sound ones before it stay, and the upload goes on from there', async () => {
    const scene = await begun();
    const { gateway, station, packet, bytes } = scene;
    const answer = await tus.patch(gateway, station, packet.id, 0, spoiltAt(bytes, PART_BYTES + 7));
    expect(answer).toMatchObject({ status: 460, json: { error: 'ENR-UPL-006' } });
    expect(answer.headers.get('upload-offset')).toBe(String(PART_BYTES));
    expect(await offsetOf(scene)).toBe(PART_BYTES);
    expect(await readFile(fileOf(scene))).toEqual(Buffer.from(bytes.subarray(0, PART_BYTES)));
    await tus.patch(gateway, station, packet.id, PART_BYTES, bytes.subarray(PART_BYTES));
    await expectReceived(scene);
    expect(gateway.logs.filter(({ level }) => level >= ERROR_LEVEL)).toEqual([]);
  });

  it('is told to a station that goes on sending and listens only later', async () => {
    const scene = await begun();
    const { gateway, station, packet, bytes } = scene;
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const failures: Error[] = [];
    socket.on('error', (error) => failures.push(error));
    const head = [
      `PATCH /uploads/${packet.id} HTTP/1.1`,
      'host: gateway',
      `authorization: ${await station.authorization()}`,
      'tus-resumable: 1.0.0',
      'upload-offset: 0',
      'content-type: application/offset+octet-stream',
      `content-length: ${bytes.byteLength}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    const spoilt = spoiltAt(bytes, 5);
    socket.write(spoilt.subarray(0, 2 * PART_BYTES));
    // A connection that is closed while bytes come is reset, and what it had to say is lost.
    for (let at = 2 * PART_BYTES; at < 2 * PART_BYTES + 10_000; at += 1_000) {
      await sleep(20);
      socket.write(spoilt.subarray(at, at + 1_000));
    }
    expect(failures).toEqual([]);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 460 /);
    expect(answer.toString()).toMatch(/^upload-offset: 0\r$/im);
    expect(answer.toString()).toContain('ENR-UPL-006');
    expect(await offsetOf(scene)).toBe(0);
  });

  it('is told to a station that sends everything at once, too, over any number of tries', async () => {
    const scene = await begun(4_000_000);
    for (let tries = 0; tries < 10; tries += 1) {
      const begin = await offsetOf(scene);
      expect(begin).toBe(tries * PART_BYTES);
      const patch = await openPatch(scene, begin);
      patch.request.end(spoiltAt(scene.bytes, begin + PART_BYTES).subarray(begin));
      expect(await patch.answer).toMatchObject({
        status: 460,
        headers: { 'upload-offset': String(begin + PART_BYTES) },
      });
    }
  });

  it('is found across requests, where it began with one and became whole with another', async () => {
    const scene = await begun();
    const { gateway, station, packet, bytes } = scene;
    const spoilt = spoiltAt(bytes, PART_BYTES + 7);
    await tus.patch(gateway, station, packet.id, 0, spoilt.subarray(0, PART_BYTES + 100));
    expect(await offsetOf(scene)).toBe(PART_BYTES + 100);
    const answer = await tus.patch(gateway, station, packet.id, PART_BYTES + 100, bytes.subarray(PART_BYTES + 100));
    expect(answer.status).toBe(460);
    expect(await offsetOf(scene)).toBe(PART_BYTES);
  });

  it('is the last one, which is shorter, too', async () => {
    const scene = await begun();
    const { gateway, station, packet, bytes } = scene;
    const answer = await tus.patch(gateway, station, packet.id, 0, spoiltAt(bytes, bytes.byteLength - 1));
    expect(answer.headers.get('upload-offset')).toBe(String(3 * PART_BYTES));
    await tus.patch(gateway, station, packet.id, 3 * PART_BYTES, bytes.subarray(3 * PART_BYTES));
    await expectReceived(scene);
  });
});

describe('a list of parts', () => {
  it.each([
    ['too short', (parts: string) => parts.slice(11)],
    ['too long', (parts: string) => parts + parts],
    ['not base64url', (parts: string) => `${parts.slice(0, -1)}+`],
    ['empty', () => ''],
  ])('that is %s is refused before anything is begun', async (_what, change) => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    const answer = await tus.create(gateway, station, packet, withParts(scene, change(partDigests(bytes))));
    expect(answer).toMatchObject({ status: 422, json: { error: 'ENR-UPL-004' } });
    expect((await tus.head(gateway, station, packet.id)).status).toBe(404);
  });

  it('need not be there: then only the whole packet is checked', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const answer = await tus.patch(gateway, station, packet.id, 0, spoiltAt(bytes, 5));
    expect(answer).toMatchObject({ status: 422, json: { error: 'ENR-UPL-003' } });
  });

  it('that was damaged itself does not keep the packet out for ever', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet, withParts(scene, partDigests(spoiltAt(bytes, PART_BYTES))));
    const offsets = [0, PART_BYTES, PART_BYTES];
    for (const offset of offsets) {
      const some = bytes.subarray(offset, 3 * PART_BYTES);
      expect((await tus.patch(gateway, station, packet.id, offset, some)).status).toBe(460);
    }
    expect((await tus.head(gateway, station, packet.id)).status).toBe(404);
    await tus.create(gateway, station, packet, withParts(scene));
    await tus.patch(gateway, station, packet.id, 0, bytes);
    await expectReceived(scene);
  });

  it('that was damaged itself is of no matter where the packet comes whole, and is the packet', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet, withParts(scene, partDigests(spoiltAt(bytes, PART_BYTES))));
    expect((await tus.patch(gateway, station, packet.id, 0, bytes)).status).toBe(204);
    await expectReceived(scene);
  });

  it('can be sent anew, and what is there is checked against it', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    await tus.patch(gateway, station, packet.id, 0, spoiltAt(bytes, PART_BYTES).subarray(0, 150_000));
    const again = await tus.create(gateway, station, packet, withParts(scene));
    expect(again.status).toBe(201);
    expect(await offsetOf(scene)).toBe(PART_BYTES);
  });

  it('is not sent back to the station', async () => {
    const scene = await begun();
    const { headers } = await tus.head(scene.gateway, scene.station, scene.packet.id);
    expect(headers.get('upload-metadata')).toBe(metadata(scene.packet.rid, scene.packet.sealed.digest));
  });
});

describe('a core that begins again', () => {
  const asking = {
    HEAD: async (scene: Scene) => offsetOf(scene),
    POST: async (scene: Scene) => {
      const { headers } = await tus.create(scene.gateway, scene.station, scene.packet, withParts(scene));
      return Number(headers.get('upload-offset'));
    },
    PATCH: async (scene: Scene) => {
      const { gateway, station, packet, bytes } = scene;
      const answer = await tus.patch(gateway, station, packet.id, PART_BYTES, bytes.subarray(PART_BYTES, 100_000));
      expect(answer.status).toBe(204);
      return (await offsetOf(scene)) - (100_000 - PART_BYTES);
    },
  };

  it.each(Object.entries(asking))(
    'counts on no part that a power cut has left as zeros (%s)',
    async (_method, offsetToldBy) => {
      const scene = await announced();
      await leftWithParts(
        scene,
        Uint8Array.from(scene.bytes)
          .fill(0, PART_BYTES + 4_096, 150_000)
          .subarray(0, 150_000),
      );
      expect(await offsetToldBy(scene)).toBe(PART_BYTES);
      const offset = await offsetOf(scene);
      await tus.patch(scene.gateway, scene.station, scene.packet.id, offset, scene.bytes.subarray(offset));
      await expectReceived(scene);
    },
  );

  it('keeps all of what is sound, and finds damage of the part that was growing when it becomes whole', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await leftWithParts(scene, Uint8Array.from(bytes).fill(0, 149_000).subarray(0, 150_000));
    expect(await offsetOf(scene)).toBe(150_000);
    const answer = await tus.patch(gateway, station, packet.id, 150_000, bytes.subarray(150_000));
    expect(answer).toMatchObject({ status: 460 });
    expect(answer.headers.get('upload-offset')).toBe(String(2 * PART_BYTES));
    expect(await registrationOf(gateway, packet.rid)).toMatchObject({ state: 'ANNOUNCED' });
  });

  it('reads what is on the disk once, and not with every question', async () => {
    const scene = await announced();
    await leftWithParts(scene, scene.bytes.subarray(0, 150_000));
    expect(await offsetOf(scene)).toBe(150_000);
    await writeFile(fileOf(scene), spoiltAt(scene.bytes, 5).subarray(0, 150_000));
    expect(await offsetOf(scene)).toBe(150_000);
  });
});
