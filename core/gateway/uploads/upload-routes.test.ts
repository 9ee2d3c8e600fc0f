import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ERROR_LEVEL, registrationOf, tus } from '../gateway.fixture.ts';
import { announced, expectReceived, type Scene } from './upload.fixture.ts';

/** Sends a part of a PATCH and breaks the connection off. */
async function cutAfter({ gateway, station, packet, bytes }: Scene, from: number, to: number): Promise<void> {
  const authorization = await station.authorization();
  await new Promise<void>((resolve) => {
    const sending = request(new URL(`uploads/${packet.id}`, gateway.url), {
      method: 'PATCH',
      headers: {
        authorization,
        'tus-resumable': '1.0.0',
        'upload-offset': from,
        'content-type': 'application/offset+octet-stream',
        'content-length': bytes.byteLength - from,
      },
    });
    sending.on('error', () => resolve());
    sending.write(bytes.subarray(from, to), () => setTimeout(() => sending.destroy(), 30));
  });
}

/** A PATCH that stops in the middle and stays connected, as after a link that died silently. */
async function hanging({ gateway, station, packet, bytes }: Scene, part: Uint8Array) {
  const sending = request(new URL(`uploads/${packet.id}`, gateway.url), {
    method: 'PATCH',
    headers: {
      authorization: await station.authorization(),
      'tus-resumable': '1.0.0',
      'upload-offset': 0,
      'content-type': 'application/offset+octet-stream',
      'content-length': bytes.byteLength,
    },
  });
  sending.on('error', () => undefined);
  sending.write(part);
  await sleep(100);
  return sending;
}

describe('an upload', () => {
  it('in one piece is received: durable in the vault, and the registration says so', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    const created = await tus.create(gateway, station, packet);
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`/uploads/${packet.id}`);
    const sent = await tus.patch(gateway, station, packet.id, 0, bytes);
    expect(sent.status).toBe(204);
    expect(sent.headers.get('upload-offset')).toBe(String(bytes.byteLength));
    await expectReceived(scene);
    expect(gateway.logs.map(({ msg }) => msg)).toEqual(['packet received']);
  });

  it('goes on where it was cut, and the core knows exactly how far it has got', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    await cutAfter(scene, 0, 70_000);
    const first = Number((await tus.head(gateway, station, packet.id)).headers.get('upload-offset'));
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(70_000);
    await cutAfter(scene, first, first + 50_000);
    const head = await tus.head(gateway, station, packet.id);
    const second = Number(head.headers.get('upload-offset'));
    expect(second).toBeGreaterThan(first);
    expect(head.headers.get('upload-length')).toBe(String(bytes.byteLength));
    expect((await tus.patch(gateway, station, packet.id, second, bytes.subarray(second))).status).toBe(204);
    await expectReceived(scene);
    expect(gateway.logs.filter(({ level }) => level >= ERROR_LEVEL)).toEqual([]);
  });

  it('in many pieces is received with the last', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    for (let from = 0; from < bytes.byteLength; from += 60_000) {
      expect((await registrationOf(gateway, packet.rid))?.state).toBe('ANNOUNCED');
      await tus.patch(gateway, station, packet.id, from, bytes.subarray(from, from + 60_000));
    }
    await expectReceived(scene);
  });

  it('that is begun again keeps its bytes and tells how many there are', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    const first = await tus.create(gateway, station, packet);
    expect(first.headers.get('upload-offset')).toBeNull();
    await tus.patch(gateway, station, packet.id, 0, bytes.subarray(0, 90_000));
    const again = await tus.create(gateway, station, packet);
    expect(again.status).toBe(201);
    expect(again.headers.get('upload-offset')).toBe('90000');
    await tus.patch(gateway, station, packet.id, 90_000, bytes.subarray(90_000));
    await expectReceived(scene);
  });

  it('from the wrong offset is refused and changes nothing', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    await tus.patch(gateway, station, packet.id, 0, bytes.subarray(0, 100));
    for (const offset of [0, 99, 101, bytes.byteLength]) {
      const answer = await tus.patch(gateway, station, packet.id, offset, bytes.subarray(100, 200));
      expect(answer, String(offset)).toMatchObject({ status: 409, json: { error: 'ENR-WEB-002' } });
    }
    expect((await tus.head(gateway, station, packet.id)).headers.get('upload-offset')).toBe('100');
  });

  it('whose bytes are not the announced ones is refused and begins anew', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const spoilt = Uint8Array.from(bytes);
    spoilt[1000] = 255 - (spoilt[1000] ?? 0);
    const answer = await tus.patch(gateway, station, packet.id, 0, spoilt);
    expect(answer).toMatchObject({ status: 422, json: { error: 'ENR-UPL-003' } });
    expect((await tus.head(gateway, station, packet.id)).status).toBe(404);
    expect(await gateway.vault.has(packet.sealed.digest)).toBe(false);
    expect((await registrationOf(gateway, packet.rid))?.state).toBe('ANNOUNCED');

    await tus.create(gateway, station, packet);
    await tus.patch(gateway, station, packet.id, 0, bytes);
    await expectReceived(scene);
  });

  it('is sent from two connections at once and received once', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const answers = await Promise.all(
      [0, 1, 2].map(() => tus.patch(gateway, station, packet.id, 0, bytes).catch((error: unknown) => error as Error)),
    );
    const statuses = answers.map((answer) => ('status' in answer ? answer.status : 0));
    expect(statuses.filter((status) => status === 204)).toHaveLength(1);
    await expectReceived(scene);
    expect(gateway.logs.filter(({ msg }) => msg === 'packet received')).toHaveLength(1);
    expect(gateway.logs.filter(({ level }) => level >= ERROR_LEVEL)).toEqual([]);
  });

  it('lets the newer connection have it when the older one is dead and nobody knows', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const dead = await hanging(scene, bytes.subarray(0, 50_000));
    const head = await tus.head(gateway, station, packet.id);
    expect(head.status).toBe(200);
    const offset = Number(head.headers.get('upload-offset'));
    expect(offset).toBe(50_000);
    await tus.patch(gateway, station, packet.id, offset, bytes.subarray(offset));
    await expectReceived(scene);
    dead.destroy();
  });
});
