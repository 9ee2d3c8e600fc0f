/** A channel that is stopped at the worst moment, or whose station has no room left on its disk. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestPacket, writeDown } from '@enroute/core/gateway/gateway.fixture.ts';
import type { Doc } from '@enroute/core/store/store.ts';
import { Refusal } from '@enroute/sync/link/answer.ts';
import { describe, expect, it } from 'vitest';
import {
  announceHere,
  arrived,
  incomingIds,
  openTestChannel,
  receiptFor,
  unhandledRejections,
  until,
} from './channel.fixture.ts';

describe('a channel that is stopped', () => {
  it('while a long poll hangs, ends within a second and leaves nothing unhandled', async () => {
    const unhandled = unhandledRejections();
    const channel = await openTestChannel();
    const replication = channel.start();
    await until(() => channel.gateway.requests.some((request) => request.includes('longpoll')), 'the long poll');
    const begun = performance.now();
    await replication.stop();
    expect(performance.now() - begun).toBeLessThan(1_000);
    await sleep(100);
    expect(unhandled).toEqual([]);
    expect(channel.told.link).not.toContain(false);
  });

  it('before it has ever reached the core, ends within a second too', async () => {
    const unhandled = unhandledRejections();
    const channel = await openTestChannel();
    await announceHere(channel, channel.station.packet(1));
    const replication = channel.start({ baseUrl: 'http://127.0.0.1:1/' });
    await until(() => channel.told.link.includes(false), 'the first failure');
    const begun = performance.now();
    await replication.stop();
    expect(performance.now() - begun).toBeLessThan(1_000);
    await channel.reopen();
    await sleep(100);
    expect(unhandled).toEqual([]);
  });

  it('at any moment, leaves nothing unhandled and loses nothing', async () => {
    const unhandled = unhandledRejections();
    const channel = await openTestChannel();
    const { gateway, station } = channel;
    const packets: TestPacket[] = [];
    for (let round = 0; round < 12; round += 1) {
      const packet = station.packet(round + 1, 10);
      packets.push(packet);
      await announceHere(channel, packet);
      await writeDown(gateway, station.number, receiptFor(channel, packet));
      const replication = channel.start();
      await sleep((round % 6) * 7);
      await replication.stop();
      if (round % 3 === 2) await channel.reopen();
    }
    channel.start();
    await until(async () => (await incomingIds(channel)).length === packets.length, 'all receipts');
    for (const packet of packets) await until(() => arrived(channel, packet), packet.rid);
    await sleep(50);
    expect(unhandled).toEqual([]);
    expect(channel.told.trouble).toEqual([]);
  });
});

describe('a channel of a station that is suspended', () => {
  it('in the middle of a long poll learns it from that poll, and goes on when it is let in again', async () => {
    const channel = await openTestChannel();
    const { gateway, station, link } = channel;
    const { stations } = gateway.databases;
    const set = async (state: 'active' | 'suspended'): Promise<void> => {
      const doc = await stations.get(station.number);
      await stations.write([{ ...doc, _id: station.number, state } as Doc]);
    };
    channel.start({ pollHeartbeatMs: 250 });
    await until(() => gateway.requests.some((request) => request.includes('longpoll')), 'the long poll');
    await sleep(300);
    await set('suspended');
    await until(() => link.failures.length > 0, 'word of it');
    expect(link.failures[0]).toBeInstanceOf(Refusal);
    expect(link.failures[0]).toMatchObject({ code: 'ENR-AUT-005', status: 403 });
    await set('active');
    await writeDown(gateway, station.number, receiptFor(channel, station.packet(1)));
    await until(async () => (await incomingIds(channel)).length === 1, 'the receipt');
  });
});

describe('a channel on a full disk', () => {
  it('does not offer again and again what the core has taken and it can not note', async () => {
    const channel = await openTestChannel();
    const { gateway, station, told, notes } = channel;
    notes.refused = true;
    await announceHere(channel, station.packet(1, 10));
    channel.start();
    await until(() => told.trouble.length >= 3, 'the third try to note it');
    expect(gateway.requests.filter((request) => request.includes('_bulk_docs'))).toHaveLength(1);
    expect(told.link).not.toContain(false);
    notes.refused = false;
    await until(() => told.accepted.length > 0, 'the note');
  });

  it('waits until there is room, and then loses neither receipt nor manifest', async () => {
    const unhandled = unhandledRejections();
    const channel = await openTestChannel();
    const { gateway, station, told, disk } = channel;
    const replication = channel.start();
    await until(() => gateway.requests.some((request) => request.includes('longpoll')), 'the long poll');
    const [before, during, after] = [1, 2, 3].map((sequence) => station.packet(sequence, 10));
    if (!before || !during || !after) throw new Error('three packets');
    await announceHere(channel, before);
    disk.full = true;
    await writeDown(gateway, station.number, receiptFor(channel, during));
    await until(() => told.trouble.length > 2, 'word of the full disk');
    expect(told.trouble[0]).toMatchObject({ code: 'ENR-STN-001' });
    expect(await incomingIds(channel)).toEqual([]);
    // What comes later must not carry the place in the feed past what was not written.
    await writeDown(gateway, station.number, receiptFor(channel, after));
    await sleep(100);
    disk.full = false;
    await until(async () => (await incomingIds(channel)).length === 2, 'both receipts');
    await until(() => arrived(channel, before), 'the manifest');
    await announceHere(channel, after);
    await until(() => arrived(channel, after), 'the next manifest');
    await replication.stop();
    expect(unhandled).toEqual([]);
  });

  it('ends when it is stopped, and fetches after the next start what it could not write', async () => {
    const unhandled = unhandledRejections();
    const channel = await openTestChannel();
    const { gateway, station, told, disk } = channel;
    const replication = channel.start();
    await until(() => gateway.requests.some((request) => request.includes('longpoll')), 'the long poll');
    disk.full = true;
    await writeDown(gateway, station.number, receiptFor(channel, station.packet(1)));
    await until(() => told.trouble.length > 0, 'word of the full disk');
    const begun = performance.now();
    await replication.stop();
    expect(performance.now() - begun).toBeLessThan(1_000);
    disk.full = false;
    await channel.reopen();
    channel.start();
    await until(async () => (await incomingIds(channel)).length === 1, 'the receipt');
    expect(unhandled).toEqual([]);
  });
});
