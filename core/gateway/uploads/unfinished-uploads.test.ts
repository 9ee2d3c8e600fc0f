import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { moveTo } from '@enroute/shared/registration/registration.ts';
import { describe, expect, it, vi } from 'vitest';
import { announce, NOW, registrationOf, type TestGateway, type TestPacket, tus } from '../gateway.fixture.ts';
import { fileMedium } from './file-medium.ts';
import { IncomingStore } from './incoming-store.ts';
import { type Swept, sweepUnfinished, watchUnfinished } from './unfinished-uploads.ts';
import { announced, openPatch, type Scene, until } from './upload.fixture.ts';

const DAY_MS = 86_400_000;

/** A gateway with uploads that were begun, each half there. */
async function begun(count: number): Promise<Scene & { packets: TestPacket[] }> {
  const scene = await announced(10_000);
  const { gateway, station } = scene;
  const packets = Array.from({ length: count }, (_, index) => station.packet(index + 2, 10_000));
  await announce(gateway, station, ...packets);
  for (const packet of packets) {
    await tus.create(gateway, station, packet);
    await tus.patch(gateway, station, packet.id, 0, packet.sealed.bytes.subarray(0, 5_000));
  }
  return { ...scene, packets };
}

async function receivedByOtherWay({ databases }: TestGateway, rid: string): Promise<void> {
  const registration = await registrationOf({ databases } as TestGateway, rid);
  if (!registration) throw new Error('no registration');
  await databases.registrations.write([
    { ...moveTo(registration, 'RECEIVED', { receivedAt: NOW.toISOString() }, NOW), _rev: registration._rev },
  ]);
}

async function age({ incomingFolder }: TestGateway, { id }: TestPacket, days: number): Promise<void> {
  const time = new Date(Date.now() - days * DAY_MS);
  for (const name of [id, `${id}.json`]) await utimes(join(incomingFolder, name), time, time);
}

function sweep(gateway: TestGateway, incoming?: IncomingStore, mostPerPass?: number): Promise<Swept> {
  const { registrations } = gateway.databases;
  const log = { info: () => undefined } as never;
  const options = {
    incoming: incoming ?? new IncomingStore(fileMedium(gateway.incomingFolder), 1_000),
    registrations,
    now: () => new Date(),
    log,
  };
  return sweepUnfinished(options, mostPerPass);
}

const namesOf = (...packets: (TestPacket | undefined)[]): string[] =>
  packets.flatMap((packet) => (packet ? [packet.id, `${packet.id}.json`] : [])).sort();

async function namesIn({ incomingFolder }: TestGateway): Promise<string[]> {
  return (await readdir(incomingFolder)).sort();
}

describe('an unfinished upload', () => {
  it('is cleared away at once when the packet has come by another way, and the others stay', async () => {
    const { gateway, packets } = await begun(3);
    const [first, second, third] = packets;
    await receivedByOtherWay(gateway, second?.rid ?? '');
    expect(await sweep(gateway)).toEqual({ notWanted: 1, tooOld: 0 });
    expect(await namesIn(gateway)).toEqual(namesOf(first, third));
    expect(await sweep(gateway)).toEqual({ notWanted: 0, tooOld: 0 });
  });

  it('is cleared away when it was not touched for thirty days, and begins anew', async () => {
    const { gateway, station, packets } = await begun(2);
    const [old, young] = packets as [TestPacket, TestPacket];
    await age(gateway, old, 31);
    await age(gateway, young, 29);
    expect(await sweep(gateway)).toEqual({ notWanted: 0, tooOld: 1 });
    expect(await namesIn(gateway)).toEqual(namesOf(young));
    expect((await tus.head(gateway, station, old.id)).status).toBe(404);
    expect((await tus.create(gateway, station, old)).status).toBe(201);
    expect((await tus.patch(gateway, station, old.id, 0, old.sealed.bytes)).status).toBe(204);
  });

  it('stays while the core does not know its registration, and until it is old', async () => {
    const { gateway, station } = await begun(0);
    const unknown = station.packet(99);
    await writeFile(join(gateway.incomingFolder, unknown.id), 'half');
    expect(await sweep(gateway)).toEqual({ notWanted: 0, tooOld: 0 });
    const time = new Date(Date.now() - 31 * DAY_MS);
    await utimes(join(gateway.incomingFolder, unknown.id), time, time);
    expect(await sweep(gateway)).toEqual({ notWanted: 0, tooOld: 1 });
    expect(await namesIn(gateway)).toEqual([]);
  });

  it('stays while it is being written', async () => {
    const scene = await announced(50_000);
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const patch = await openPatch(scene);
    patch.request.write(bytes.subarray(0, 10_000));
    await until(() => gateway.incoming.isWritten(packet.id));
    await receivedByOtherWay(gateway, packet.rid);
    expect(await sweep(gateway, gateway.incoming)).toEqual({ notWanted: 0, tooOld: 0 });
    patch.request.destroy();
    await until(() => !gateway.incoming.isWritten(packet.id));
    expect(await sweep(gateway, gateway.incoming)).toEqual({ notWanted: 1, tooOld: 0 });
  });
});

describe('a request that comes to write an upload', () => {
  it('while it is cleared away waits, and is told that it is gone, instead of writing what nobody will find', async () => {
    const { gateway, station, packets } = await begun(1);
    const [{ id, rid, sealed }] = packets as [TestPacket];
    const { incoming } = gateway;
    const clearing = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    vi.spyOn(incoming, 'removeUntouched').mockImplementationOnce(async (gone) => {
      clearing.resolve();
      await go.promise;
      await incoming.remove(gone);
      return true;
    });
    await age(gateway, packets[0] as TestPacket, 31);
    const sweeping = sweep(gateway, incoming);
    await clearing.promise;
    const patch = tus.patch(gateway, station, id, 5_000, sealed.bytes.subarray(5_000));
    await until(() => incoming.isWritten(id));
    go.resolve();
    expect(await sweeping).toEqual({ notWanted: 0, tooOld: 1 });
    expect(await patch).toMatchObject({ status: 404, json: { error: 'ENR-WEB-001' } });
    expect((await registrationOf(gateway, rid))?.state).toBe('ANNOUNCED');
    expect(await namesIn(gateway)).toEqual([]);
  });

  it('while it is only looked at waits and goes on', async () => {
    const { gateway, station, packets } = await begun(1);
    const [{ id, sealed }] = packets as [TestPacket];
    const go = Promise.withResolvers<void>();
    const looking = gateway.incoming.whileNotWritten(id, () => go.promise);
    const patch = tus.patch(gateway, station, id, 5_000, sealed.bytes.subarray(5_000));
    await until(() => gateway.incoming.isWritten(id));
    expect(await gateway.incoming.whileNotWritten(id, async () => 'done')).toBeUndefined();
    go.resolve();
    await looking;
    expect((await patch).status).toBe(204);
  });
});

describe('a pass', () => {
  it('clears away only so many, and the next goes on', async () => {
    const { gateway, packets } = await begun(5);
    for (const { rid } of packets) await receivedByOtherWay(gateway, rid);
    expect(await sweep(gateway, undefined, 3)).toEqual({ notWanted: 3, tooOld: 0 });
    expect(await sweep(gateway, undefined, 3)).toEqual({ notWanted: 2, tooOld: 0 });
  });

  it('leaves files alone that are no uploads, and a folder that is not there', async () => {
    const { gateway } = await begun(0);
    await writeFile(join(gateway.incomingFolder, 'README'), '');
    expect(await sweep(gateway)).toEqual({ notWanted: 0, tooOld: 0 });
    expect(await namesIn(gateway)).toEqual(['README']);
    const nowhere = new IncomingStore(fileMedium(join(gateway.incomingFolder, 'a')), 1_000);
    expect(await sweep(gateway, nowhere)).toEqual({ notWanted: 0, tooOld: 0 });
  });
});

describe('the watch', () => {
  it('looks at once, also into the vault, says how many it cleared away, and stops', async () => {
    const { gateway, packets } = await begun(1);
    await receivedByOtherWay(gateway, packets[0]?.rid ?? '');
    const nowMs = Date.now();
    const asked: Date[] = [];
    const clearUnfinished = async (before: Date): Promise<number> => asked.push(before);
    const said: unknown[] = [];
    const log = { info: (...line: unknown[]) => said.push(line), error: (...line: unknown[]) => said.push(line) };
    const stop = watchUnfinished(
      {
        incoming: gateway.incoming,
        registrations: gateway.databases.registrations,
        vault: { clearUnfinished },
        now: () => new Date(nowMs),
        log: log as never,
      },
      DAY_MS,
    );
    await until(() => said.length > 1);
    await stop();
    expect(said).toEqual([
      [{ notWanted: 1, tooOld: 0 }, 'unfinished uploads cleared away'],
      [{ left: 1 }, 'what interrupted publications had left in the vault cleared away'],
    ]);
    expect(asked).toEqual([new Date(nowMs - DAY_MS)]);
  });
});
