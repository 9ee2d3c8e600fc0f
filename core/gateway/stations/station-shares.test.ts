/** One station takes no other's place, whatever it sends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { describe, expect, it, vi } from 'vitest';
import { announce, ERROR_LEVEL, OTHER_STATION, registered, tus } from '../gateway.fixture.ts';
import { shared } from '../uploads/shared-work.ts';
import { announced, expectReceived, openPatch, until } from '../uploads/upload.fixture.ts';
import { StationShares } from './station-shares.ts';

const MOST_OF_STATION = 4;

describe('the share of a station', () => {
  it('is so many at once: a newer one takes the place of the oldest, and of no other station', () => {
    const shares = new StationShares(2);
    const [theirs, first, second] = [shares.enter('b'), shares.enter('a'), shares.enter('a')];
    const displaced = (): boolean[] => [theirs, first, second].map((share) => share.displaced.aborted);
    expect(displaced()).toEqual([false, false, false]);
    const third = shares.enter('a');
    expect(displaced()).toEqual([false, true, false]);
    first[Symbol.dispose]();
    third[Symbol.dispose]();
    shares.enter('a');
    expect(displaced()).toEqual([false, true, false]);
  });

  it('leaves nothing behind', () => {
    const shares = new StationShares(1);
    const held = ['a', 'a', 'b'].map((station) => shares.enter(station));
    expect(shares.size).toBe(2);
    for (const share of held) share[Symbol.dispose]();
    expect(shares.size).toBe(0);
  });
});

describe('a station that begins one upload after the other', () => {
  it('has four at once; the oldest is told how far it has got, and others are let in as before', async () => {
    const limits = { mostUploads: 6, leastFreeBytes: 0 };
    const scene = await announced(50_000, { uploads: { limits } });
    const { gateway, station, packet, bytes } = scene;
    const packets = [packet, ...[2, 3, 4, 5, 6, 7, 8].map((sequence) => station.packet(sequence, 50_000))];
    await announce(gateway, station, ...packets.slice(1));
    const running = [];
    for (const one of packets) {
      await tus.create(gateway, station, one);
      const patch = await openPatch({ ...scene, packet: one, bytes: one.sealed.bytes });
      patch.request.write(one.sealed.bytes.subarray(0, 10_000));
      await until(() => gateway.incoming.isWritten(one.id));
      running.push(patch);
      // Whose place it has taken has to be gone, or the gateway itself has no room for the next.
      await running.at(-1 - MOST_OF_STATION)?.answer;
    }
    for (const patch of running.slice(0, 4)) {
      expect(await patch.answer).toMatchObject({ status: 204 });
    }
    expect(packets.map(({ id }) => gateway.incoming.isWritten(id))).toEqual([0, 0, 0, 0, 1, 1, 1, 1].map(Boolean));

    const other = await registered(gateway, OTHER_STATION);
    const theirs = other.packet(1, 20_000);
    await announce(gateway, other, theirs);
    expect((await tus.create(gateway, other, theirs)).status).toBe(201);
    expect((await tus.patch(gateway, other, theirs.id, 0, theirs.sealed.bytes)).status).toBe(204);

    const head = await tus.head(gateway, station, packet.id);
    const offset = Number(head.headers.get('upload-offset'));
    expect(offset).toBe(Number((await running[0]?.answer)?.headers['upload-offset']));
    for (const patch of running) patch.request.destroy();
    await until(() => packets.every(({ id }) => !gateway.incoming.isWritten(id)));
    await tus.patch(gateway, station, packet.id, offset, bytes.subarray(offset));
    expect((await gateway.vault.read(packet.sealed.digest)).byteLength).toBe(bytes.byteLength);
    expect(gateway.logs.filter(({ level }) => level >= ERROR_LEVEL)).toEqual([]);
  });
});

describe('work that is shared', () => {
  it('is done once for all who ask meanwhile, and again for who asks later', async () => {
    const done: string[] = [];
    const work = shared(async (key: string) => {
      await sleep(5);
      done.push(key);
      if (key === 'bad') throw new Error('bad');
      return key.length;
    });
    expect(await Promise.all([work('one'), work('three'), work('one')])).toEqual([3, 5, 3]);
    expect(done.sort()).toEqual(['one', 'three']);
    await work('one');
    expect(done).toHaveLength(3);
    await expect(Promise.all([work('bad'), work('bad')])).rejects.toThrow('bad');
    expect(done.filter((key) => key === 'bad')).toHaveLength(1);
  });

  it('is the reading of a packet that lies in the vault, however often the station asks', async () => {
    const scene = await announced(50_000);
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const before = gateway.requests.length;
    vi.spyOn(gateway.vault, 'has').mockResolvedValue(true);
    const read = Promise.withResolvers<Uint8Array>();
    const reads = vi.spyOn(gateway.vault, 'open').mockImplementation(async function* () {
      yield await read.promise;
    });
    const asking = [0, 1, 2, 3, 4].map(() => tus.head(gateway, station, packet.id));
    await until(() => gateway.requests.length === before + asking.length);
    await sleep(100);
    expect(reads).toHaveBeenCalledTimes(1);
    vi.restoreAllMocks();
    read.reject(new EnrouteError('ENR-PKT-006'));
    expect((await Promise.all(asking)).map(({ status }) => status)).toEqual(asking.map(() => 200));
    await tus.patch(gateway, station, packet.id, 0, bytes);
    await expectReceived(scene);
  });
});
