/** Requests that come twice, late, out of order or at once: a proxy's doing, or a lost answer's. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { announce, ERROR_LEVEL, OTHER_STATION, registered, tus } from '../gateway.fixture.ts';
import { RunningPatches } from './running-patches.ts';
import { announced, expectReceived, openPatch, sendSlowly, until, withParts } from './upload.fixture.ts';

describe('a creation', () => {
  it('whose answer was lost is one upload, and keeps what has come since', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    const answers = await Promise.all([0, 1, 2].map(() => tus.create(gateway, station, packet, withParts(scene))));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    await tus.patch(gateway, station, packet.id, 0, bytes.subarray(0, 100_000));
    const again = await tus.create(gateway, station, packet, withParts(scene));
    expect(again.headers.get('upload-offset')).toBe('100000');
    await tus.patch(gateway, station, packet.id, 100_000, bytes.subarray(100_000));
    await expectReceived(scene);
  });

  it('by two stations at once is two uploads, each of its own packet', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    const other = await registered(gateway, OTHER_STATION);
    const theirs = other.packet(1, 90_000);
    await announce(gateway, other, theirs);
    await Promise.all([tus.create(gateway, station, packet), tus.create(gateway, other, theirs)]);
    expect((await tus.create(gateway, other, packet)).status).toBe(403);
    expect((await tus.patch(gateway, other, packet.id, 0, theirs.sealed.bytes)).status).toBe(403);
    await Promise.all([
      tus.patch(gateway, station, packet.id, 0, bytes),
      tus.patch(gateway, other, theirs.id, 0, theirs.sealed.bytes),
    ]);
    await expectReceived(scene);
    await expectReceived({ ...scene, packet: theirs });
  });
});

describe('a PATCH', () => {
  it('that comes a second time while the first is running disturbs it not at all', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const first = await openPatch(scene);
    const sending = sendSlowly(first.request, bytes);
    for (let copies = 0; copies < 5; copies += 1) {
      await sleep(20);
      const copy = await tus.patch(gateway, station, packet.id, 0, bytes);
      expect(copy).toMatchObject({ status: 409, json: { error: 'ENR-WEB-002' } });
    }
    await sending;
    first.request.end();
    expect(await first.answer).toMatchObject({ status: 204 });
    await expectReceived(scene);
  });

  it('that comes a second time before the first has brought a byte waits, and then has nothing to do', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const first = await openPatch(scene);
    await sleep(50);
    const copy = tus.patch(gateway, station, packet.id, 0, bytes);
    await sleep(50);
    first.request.end(bytes);
    expect(await first.answer).toMatchObject({ status: 204 });
    expect([404, 409]).toContain((await copy).status);
    await expectReceived(scene);
  });

  it('of which there are ever so many copies is displaced by none of them', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const first = await openPatch(scene);
    await until(() => gateway.incoming.isWritten(packet.id));
    const copies = Array.from({ length: 8 }, () => tus.patch(gateway, station, packet.id, 0, bytes));
    await sleep(50);
    await sendSlowly(first.request, bytes);
    first.request.end();
    const size = String(bytes.byteLength);
    expect(await first.answer).toMatchObject({ status: 204, headers: { 'upload-offset': size } });
    for (const { status } of await Promise.all(copies)) expect([404, 409]).toContain(status);
    await expectReceived(scene);
  });

  it('that is replayed later is refused, whatever has come since', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    await tus.patch(gateway, station, packet.id, 0, bytes.subarray(0, 50_000));
    const replay = () => tus.patch(gateway, station, packet.id, 0, bytes.subarray(0, 50_000));
    expect((await replay()).status).toBe(409);
    await tus.patch(gateway, station, packet.id, 50_000, bytes.subarray(50_000));
    expect(await replay()).toMatchObject({ status: 409, json: { error: 'ENR-UPL-005' } });
    await expectReceived(scene);
  });

  it('that overtakes another is refused, and has its turn when it is sent again', async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const pieces = [0, 60_000, 120_000, 180_000].map((from) => ({ from, bytes: bytes.subarray(from, from + 60_000) }));
    const send = (piece: (typeof pieces)[number]) =>
      tus.patch(gateway, station, packet.id, piece.from, piece.bytes).then(({ status }) => status);
    expect(await Promise.all([...pieces].reverse().map(send))).toEqual([409, 409, 409, 204]);
    for (const piece of pieces.slice(1)) expect(await send(piece)).toBe(204);
    await expectReceived(scene);
  });

  it('that asks how far the upload is, late and twice, costs the running one its turn and no byte', async () => {
    const scene = await announced(200_000, { progressMs: 10 });
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const first = await openPatch(scene);
    const sending = sendSlowly(first.request, bytes, { everyMs: 20 });
    await until(() => first.acknowledged.length > 2);
    const begunMs = performance.now();
    const head = await tus.head(gateway, station, packet.id);
    expect(performance.now() - begunMs).toBeLessThan(1_000);
    const answer = await first.answer;
    expect(answer?.status).toBe(204);
    const offset = Number(answer?.headers['upload-offset']);
    expect(offset).toBeGreaterThanOrEqual(first.acknowledged.at(-1) ?? Number.NaN);
    expect(head.headers.get('upload-offset')).toBe(String(offset));
    first.request.destroy();
    await sending;
    await tus.patch(gateway, station, packet.id, offset, bytes.subarray(offset));
    await expectReceived(scene);
    expect(gateway.logs.filter(({ level }) => level >= ERROR_LEVEL)).toEqual([]);
  });
});

describe('the place of a running PATCH', () => {
  const nothing = (): void => undefined;

  it('is taken by one that goes on exactly there, when the running one has fallen silent', async () => {
    const patches = new RunningPatches(60);
    const dead = await patches.enter('a', 0, nothing);
    dead.reached(500);
    const begunMs = performance.now();
    const next = await patches.enter('a', 500, nothing);
    expect(performance.now() - begunMs).toBeGreaterThan(40);
    dead.leave();
    expect(patches.size).toBe(1);
    next.leave();
    expect(patches.size).toBe(0);
  });

  it('is not taken as long as bytes come, and is refused to whoever would go on elsewhere', async () => {
    const patches = new RunningPatches(60);
    const running = await patches.enter('a', 0, nothing);
    running.reached(0);
    const waiting = patches.enter('a', 0, nothing);
    running.reached(100);
    await expect(waiting).rejects.toMatchObject({ code: 'ENR-WEB-002', status: 409 });
    await expect(patches.enter('a', 99, nothing)).rejects.toMatchObject({ status: 409 });
    await expect(patches.enter('a', Number.NaN, nothing)).rejects.toMatchObject({ status: 409 });
  });

  it('is not held by a request that was refused itself', async () => {
    const patches = new RunningPatches(10_000);
    const wrong = await patches.enter('a', 700, nothing);
    const right = patches.enter('a', 0, nothing);
    wrong.leave();
    await expect(right).resolves.toBeDefined();
  });

  it('goes to one of those that wait when it is left where it began, and the others find it taken', async () => {
    const patches = new RunningPatches(10_000);
    const first = await patches.enter('a', 0, nothing);
    first.reached(0);
    const waiting = [patches.enter('a', 0, nothing), patches.enter('a', 0, nothing)];
    first.leave();
    const second = await Promise.race(waiting);
    second.reached(10);
    second.leave();
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});
