import { describe, expect, it } from 'vitest';
import { announce, tus } from '../gateway.fixture.ts';
import { admission, DEFAULT_ADMISSION, refusalOfFullDisk } from './admission.ts';
import { announced, expectReceived, openPatch, until } from './upload.fixture.ts';

const GIB = 1024 ** 3;
const limits = { mostUploads: 2, leastFreeBytes: GIB };
const room = { freeBytes: 50 * GIB, totalBytes: 100 * GIB };

describe('an upload', () => {
  it('is admitted as long as there is a place and room on the disk', () => {
    expect(admission({ running: 1, room }, limits, 0)).toEqual({ admitted: true });
    expect(admission({ running: 2, room }, limits, 0)).toEqual({ admitted: false, retryAfterS: 15 });
    expect(admission({ running: 0, room: { ...room, freeBytes: GIB } }, limits, 0)).toEqual({ admitted: true });
    expect(admission({ running: 0, room: { ...room, freeBytes: GIB - 1 } }, limits, 0)).toEqual({
      admitted: false,
      retryAfterS: 300,
    });
  });

  it('needs no more than a twentieth of a small disk', () => {
    const small = { totalBytes: 4 * GIB, freeBytes: 0.2 * GIB };
    expect(admission({ running: 0, room: small }, DEFAULT_ADMISSION, 0).admitted).toBe(true);
    expect(admission({ running: 0, room: { ...small, freeBytes: 0.19 * GIB } }, limits, 0).admitted).toBe(false);
  });

  it('is admitted where nobody knows how much room there is: the disk itself will say', () => {
    expect(admission({ running: 0, room: undefined }, limits, 0)).toEqual({ admitted: true });
  });

  it('comes back at a time of its own, up to twice as late as another', () => {
    const waits = [0, 0.25, 1].map((random) => admission({ running: 2, room }, limits, random));
    expect(waits).toEqual([15, 19, 30].map((retryAfterS) => ({ admitted: false, retryAfterS })));
  });

  it('that met a full disk, or a quota, comes back later; other failures are not that', () => {
    for (const code of ['ENOSPC', 'EDQUOT']) {
      const refusal = refusalOfFullDisk(Object.assign(new Error(code), { code }), 0);
      expect(refusal).toMatchObject({ code: 'ENR-UPL-007', headers: { 'Retry-After': '300' } });
    }
    expect(refusalOfFullDisk(Object.assign(new Error('EIO'), { code: 'EIO' }), 0)).toBeUndefined();
    expect(refusalOfFullDisk('ENOSPC', 0)).toBeUndefined();
  });
});

describe('a core that is full', () => {
  it('turns away before the first byte, and tells how far what it has got all the same', async () => {
    const scene = await announced(200_000, { uploads: { limits: { mostUploads: 1, leastFreeBytes: 0 } } });
    const { gateway, station, packet, bytes } = scene;
    const other = station.packet(2, 90_000);
    await announce(gateway, station, other);
    for (const one of [packet, other]) await tus.create(gateway, station, one);
    await tus.patch(gateway, station, other.id, 0, other.sealed.bytes.subarray(0, 30_000));

    const running = await openPatch(scene);
    running.request.write(bytes.subarray(0, 10_000));
    await until(async () => (await tus.create(gateway, station, other)).status === 503);
    const answer = await tus.patch(gateway, station, other.id, 30_000, other.sealed.bytes.subarray(30_000));
    expect(answer).toMatchObject({ status: 503, json: { error: 'ENR-UPL-007' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(15);
    const head = await tus.head(gateway, station, other.id);
    expect(head).toMatchObject({ status: 200 });
    expect(head.headers.get('upload-offset')).toBe('30000');

    running.request.end(bytes.subarray(10_000));
    await running.answer;
    expect((await tus.patch(gateway, station, other.id, 30_000, other.sealed.bytes.subarray(30_000))).status).toBe(204);
    await expectReceived({ ...scene, packet: other });
  });
});

describe('an upload whose dead connection still holds a place', () => {
  it('goes on in that very place, however full the core is', async () => {
    const scene = await announced(50_000, { uploads: { limits: { mostUploads: 1, leastFreeBytes: 0 } } });
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const dead = await openPatch(scene);
    dead.request.write(bytes.subarray(0, 10_000));
    await until(() => gateway.incoming.isWritten(packet.id));
    const again = await tus.create(gateway, station, packet);
    expect(again).toMatchObject({ status: 201 });
    // The creation has asked the dead one to end: it had brought so much.
    const reached = Number(again.headers.get('upload-offset'));
    const rest = await tus.patch(gateway, station, packet.id, reached, bytes.subarray(reached));
    expect(rest.status).toBe(204);
    await expectReceived(scene);
    dead.request.destroy();
  });

  it('is refused for its offset and not for want of a place, while the other still brings bytes', async () => {
    const scene = await announced(50_000, { uploads: { limits: { mostUploads: 1, leastFreeBytes: 0 } } });
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const running = await openPatch(scene);
    running.request.write(bytes.subarray(0, 10_000));
    await until(() => gateway.incoming.isWritten(packet.id));
    const late = await tus.patch(gateway, station, packet.id, 40_000, bytes.subarray(40_000));
    expect(late).toMatchObject({ status: 409, json: { error: 'ENR-WEB-002' } });
    running.request.end(bytes.subarray(10_000));
    expect(await running.answer).toMatchObject({ status: 204 });
  });
});

describe('credits', () => {
  it('are told with a creation, and without one the station is to ask again later', async () => {
    let credits = 7;
    const asked: string[] = [];
    const creditsFor = (station: string): number => {
      asked.push(station);
      return credits;
    };
    const { gateway, station, packet } = await announced(1_000, { uploads: { creditsFor } });
    const created = await tus.create(gateway, station, packet);
    expect(created.status).toBe(201);
    expect(created.headers.get('enroute-credits')).toBe('7');
    credits = 0;
    const refused = await tus.create(gateway, station, packet);
    expect(refused).toMatchObject({ status: 503, json: { error: 'ENR-UPL-007' } });
    expect(refused.headers.get('enroute-credits')).toBe('0');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(asked).toEqual([station.number, station.number]);
  });

  it('are not spoken of where nobody counts them', async () => {
    const { gateway, station, packet } = await announced(1_000);
    expect((await tus.create(gateway, station, packet)).headers.get('enroute-credits')).toBeNull();
  });
});
