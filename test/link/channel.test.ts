import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeDown } from '@enroute/core/gateway/gateway.fixture.ts';
import { writeHeartbeat } from '@enroute/edge-agent/agent/heartbeat.ts';
import { openQueue } from '@enroute/edge-agent/queue/queue.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  announceHere,
  arrived,
  incomingIds,
  openTestChannel,
  receiptFor,
  type TestChannel,
  until,
} from './channel.fixture.ts';

async function beat(channel: TestChannel): Promise<void> {
  const { outgoing, queue } = channel.database();
  const now = (): Date => new Date();
  const source = {
    station: channel.station.number,
    queue: await openQueue(queue, now),
    clockOffsetMs: () => 0,
    // No two say the same, or the second would not be written.
    software: `test ${randomUUID()}`,
    now,
  };
  await writeHeartbeat(source, outgoing);
}

const heartbeatAtCore = async (channel: TestChannel): Promise<object | undefined> =>
  (await channel.gateway.databases.channel(channel.station.number)).get('heartbeat');

describe('a channel', () => {
  it('brings manifests up and receipts down, from before and from after its start', async () => {
    const channel = await openTestChannel();
    const { gateway, station, told } = channel;
    const [early, late] = [station.packet(1), station.packet(2)];
    await announceHere(channel, early);
    await writeDown(gateway, station.number, receiptFor(channel, early));
    channel.start();
    await until(() => arrived(channel, early), 'the first manifest to arrive');
    await announceHere(channel, late);
    await writeDown(gateway, station.number, receiptFor(channel, late));
    await until(() => arrived(channel, late), 'the second manifest to arrive');
    await until(async () => (await incomingIds(channel)).length === 2, 'both receipts to arrive');
    expect(await incomingIds(channel)).toEqual([`receipt:${early.rid}:RECEIVED`, `receipt:${late.rid}:RECEIVED`]);
    expect(told).toMatchObject({ refused: [], unreadable: [], trouble: [] });
  });

  it('says that the link is up as soon as it is', async () => {
    const channel = await openTestChannel();
    channel.start();
    await until(() => channel.told.link.length > 0, 'word of the link');
    expect(channel.told.link).toContain(true);
    expect(channel.told.link).not.toContain(false);
  });

  it('takes no notice of one refused document but to tell it, and brings up the others', async () => {
    const channel = await openTestChannel();
    const packets = [1, 2, 3].map((sequence) => channel.station.packet(sequence, 10));
    const [first, bad, last] = packets;
    if (!first || !bad || !last) throw new Error('three packets');
    await announceHere(channel, first);
    await announceHere(channel, { ...bad, manifest: { ...bad.manifest, createdAt: '2020-01-01T00:00:00.000Z' } });
    await announceHere(channel, last);
    channel.start();
    await until(() => arrived(channel, last), 'the last manifest to arrive');
    expect(await arrived(channel, first)).toBe(true);
    await until(() => channel.told.refused.length > 0, 'word of the refusal');
    expect(channel.told.refused).toEqual([[`manifest:${bad.rid}`, 'ENR-MAN-002']]);
    expect(channel.told.accepted).not.toContain(`manifest:${bad.rid}`);
    await sleep(150);
    expect(channel.told.refused).toHaveLength(1);
  });

  it('keeps a document of the core that it can not read, tells of it, and brings down the others', async () => {
    const channel = await openTestChannel();
    const { gateway, station, told } = channel;
    const [one, two] = [station.packet(1, 10), station.packet(2, 10)];
    await writeDown(gateway, station.number, receiptFor(channel, one), { _id: 'result:new' }, receiptFor(channel, two));
    channel.start();
    await until(async () => (await incomingIds(channel)).length === 3, 'all three to arrive');
    expect(told.unreadable).toEqual([['result:new', 'ENR-CHN-002']]);
    await writeDown(gateway, station.number, { _id: 'task:new' });
    const three = station.packet(3, 10);
    await writeDown(gateway, station.number, receiptFor(channel, three));
    await until(async () => (await incomingIds(channel)).length === 5, 'two more to arrive');
    expect(await incomingIds(channel)).toContain('task:new');
    expect(told.trouble).toEqual([]);
  });

  it('brings down more than a page, also when a whole page can not be read', async () => {
    const channel = await openTestChannel();
    const { gateway, station, told } = channel;
    await writeDown(
      gateway,
      station.number,
      ...Array.from({ length: 120 }, (_none, index) => ({ _id: `task:${index}` })),
    );
    const packets = Array.from({ length: 230 }, (_none, index) => station.packet(index + 1, 10));
    await writeDown(gateway, station.number, ...packets.map((packet) => receiptFor(channel, packet)));
    channel.start();
    await until(async () => (await incomingIds(channel)).length === 350, 'all to arrive');
    expect(told.unreadable).toHaveLength(120);
  });

  it('puts each heartbeat in the place of the one before, in one request, also after a restart', async () => {
    const channel = await openTestChannel();
    const { gateway } = channel;
    await beat(channel);
    const first = channel.start();
    await until(async () => (await heartbeatAtCore(channel)) !== undefined, 'the first heartbeat');
    await first.stop();
    await beat(channel);
    // The polls of the one before are not to be taken for its own.
    gateway.requests.length = 0;
    channel.start();
    await until(async () => ((await heartbeatAtCore(channel)) as { _rev: string })._rev.startsWith('2-'), 'the second');
    await until(() => gateway.requests.some((request) => request.includes('longpoll')), 'the long poll');
    gateway.requests.length = 0;
    await beat(channel);
    await until(async () => ((await heartbeatAtCore(channel)) as { _rev: string })._rev.startsWith('3-'), 'the third');
    expect(gateway.requests).toEqual([`POST /channel-${channel.station.number}/_bulk_docs`]);
    expect(channel.told.refused).toEqual([]);
  });

  it('brings a receipt within a second of its being written', async () => {
    const channel = await openTestChannel();
    channel.start();
    await until(() => channel.gateway.requests.some((request) => request.includes('longpoll')), 'the long poll');
    await writeDown(channel.gateway, channel.station.number, receiptFor(channel, channel.station.packet(1)));
    await until(async () => (await incomingIds(channel)).length === 1, 'the receipt', 1_000);
    expect(await incomingIds(channel)).toHaveLength(1);
  });

  it('that is warm carries a manifest up and its receipt down in at most four requests', async () => {
    const channel = await openTestChannel();
    const { gateway, station } = channel;
    channel.start();
    await until(() => gateway.requests.some((request) => request.includes('longpoll')), 'the long poll');
    gateway.requests.length = 0;
    const packet = station.packet(1);
    await announceHere(channel, packet);
    await until(() => arrived(channel, packet), 'the manifest');
    await writeDown(gateway, station.number, receiptFor(channel, packet));
    await until(async () => (await incomingIds(channel)).length === 1, 'the receipt');
    await sleep(100);
    expect(gateway.requests.length, gateway.requests.join('\n')).toBeLessThanOrEqual(4);
  });

  it('that is warm sends what is written within a moment in one request', async () => {
    const channel = await openTestChannel();
    const { gateway, station } = channel;
    channel.start();
    await until(() => gateway.requests.some((request) => request.includes('longpoll')), 'the long poll');
    gateway.requests.length = 0;
    const packet = station.packet(1);
    await Promise.all([announceHere(channel, packet), beat(channel)]);
    await until(async () => (await heartbeatAtCore(channel)) !== undefined, 'the heartbeat');
    expect(await arrived(channel, packet)).toBe(true);
    expect(gateway.requests).toEqual([`POST /channel-${station.number}/_bulk_docs`]);
  });

  it('never has a long poll find out whether the link is up', async () => {
    const channel = await openTestChannel();
    channel.link.isProbing = true;
    channel.start({ pollMs: 5_000 });
    await until(() => channel.gateway.requests.length > 2, 'some requests');
    expect(channel.gateway.requests.filter((request) => request.includes('longpoll'))).toEqual([]);
    channel.link.isProbing = false;
    await until(() => channel.gateway.requests.some((request) => request.includes('longpoll')), 'the long poll');
  });

  it('gives up a long poll on which no byte comes for two heartbeats and a half, and asks anew', async () => {
    const channel = await openTestChannel();
    const { gateway, station } = channel;
    let isSilent = true;
    const relay = createServer((request, response) => {
      if (request.url?.includes('longpoll') && isSilent) return;
      const { authorization = '' } = request.headers;
      fetch(new URL(request.url ?? '', gateway.url), { headers: { authorization } })
        .then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
        .catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => {
      relay.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => {
      relay.close();
      relay.closeAllConnections();
    });
    const baseUrl = `http://127.0.0.1:${(relay.address() as AddressInfo).port}/`;
    channel.start({ baseUrl, pollMs: 60_000, pollHeartbeatMs: 250 });
    await until(() => channel.told.link.includes(false), 'the end of the silent poll', 5_000);
    isSilent = false;
    await writeDown(gateway, station.number, receiptFor(channel, station.packet(1)));
    await until(async () => (await incomingIds(channel)).length === 1, 'the receipt');
  });

  it('goes on from where it was after a restart, and fetches and sends nothing twice', async () => {
    const channel = await openTestChannel();
    const { gateway, station } = channel;
    const before = channel.start();
    const packet = station.packet(1);
    await announceHere(channel, packet);
    await writeDown(gateway, station.number, receiptFor(channel, packet));
    await until(async () => (await incomingIds(channel)).length === 1, 'the receipt');
    await until(() => arrived(channel, packet), 'the manifest');
    await before.inSync();
    await sleep(50);
    await before.stop();
    await channel.reopen();
    gateway.requests.length = 0;
    channel.start();
    await until(() => gateway.requests.length >= 2, 'the requests after the start');
    await sleep(50);
    expect(gateway.requests).toHaveLength(2);
    for (const request of gateway.requests) {
      expect(request).toMatch(/^GET \/channel-\d+\/_changes\?/);
      expect(request).toMatch(/since=[0-9a-f]{8}\.\d+/);
    }
  });

  it('begins anew when the core keeps its documents in another store', async () => {
    const channel = await openTestChannel();
    const { gateway, station } = channel;
    await writeDown(gateway, station.number, receiptFor(channel, station.packet(1)));
    let renamed = 0;
    const asCouchDb = createServer(async (request, response) => {
      // Answers as that other store did; its places in the feed mean nothing to the one behind it now.
      const address = new URL(request.url ?? '', gateway.url);
      const { authorization = '' } = request.headers;
      const answer = await fetch(address, { headers: { authorization } });
      const text = (await answer.text()).replace(/"last_seq":"([0-9a-f]+\.\d+)"/, '"last_seq":"$1-g1AAAA"');
      renamed += 1;
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    });
    await new Promise<void>((resolve) => {
      asCouchDb.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => {
      asCouchDb.close();
      asCouchDb.closeAllConnections();
    });
    const first = channel.start({
      baseUrl: `http://127.0.0.1:${(asCouchDb.address() as AddressInfo).port}/`,
      pollMs: 50,
    });
    await until(async () => (await incomingIds(channel)).length === 1, 'the first receipt');
    await first.inSync();
    await first.stop();
    expect(renamed).toBeGreaterThan(0);
    await writeDown(gateway, station.number, receiptFor(channel, station.packet(2)));
    channel.start();
    await until(async () => (await incomingIds(channel)).length === 2, 'the second receipt');
    expect(channel.told.link.at(-1)).toBe(true);
  });

  it('forgets what is asked of it, here and in its own memory, and tells the core nothing of that', async () => {
    const channel = await openTestChannel();
    const [old, kept] = [channel.station.packet(1), channel.station.packet(2)];
    for (const packet of [old, kept]) await announceHere(channel, packet);
    const receipt = receiptFor(channel, old);
    const core = await channel.gateway.databases.channel(channel.station.number);
    await core.write([receipt]);
    const replication = channel.start();
    await until(async () => (await incomingIds(channel)).includes(receipt._id), 'the receipt');
    await replication.inSync();

    await replication.forget([manifestId(old.rid), receipt._id, 'task:never-there:01']);
    await replication.forget([manifestId(old.rid), receipt._id]);
    const { outgoing } = channel.database();
    expect((await outgoing.find().exec()).map(({ id }) => id)).toEqual([manifestId(kept.rid)]);
    expect(await incomingIds(channel)).toEqual([]);
    expect(await core.get(receipt._id)).toBeDefined();
    expect(await arrived(channel, old)).toBe(true);

    // Not even after a restart does anything of it come back or go up.
    await replication.stop();
    await channel.reopen();
    const again = channel.start();
    await again.inSync();
    expect((await channel.database().outgoing.find().exec()).map(({ id }) => id)).toEqual([manifestId(kept.rid)]);
    expect(await incomingIds(channel)).toEqual([]);
    expect(channel.told.refused).toEqual([]);
  });
});
