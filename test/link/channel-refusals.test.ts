/** What is refused on its way up, by the core or by what lies before it, and what happens to the rest. */
import { gunzipSync } from 'node:zlib';
import { openTestGateway, registrationOf, type TestPacket, writeDown } from '@enroute/core/gateway/gateway.fixture.ts';
import { HEARTBEAT_ID } from '@enroute/shared/schemas/heartbeat.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { describe, expect, it } from 'vitest';
import {
  announceHere,
  arrived,
  incomingIds,
  openTestChannel,
  receiptFor,
  type TestChannel,
  until,
} from './channel.fixture.ts';
import { openHttpProxy, type Passing } from './http-proxy.fixture.ts';

const isPush = ({ path }: Passing): boolean => path.endsWith('/_bulk_docs');

/** Documents as they may lie on the station's side after any mishap, and the code that each is refused with. */
const POISON: readonly [what: string, id: string, body: object, code: string][] = [
  ['of a kind that stations do not write', 'receipt:x:OUTCOME', {}, 'ENR-CHN-001'],
  ['that is empty', 'manifest:10001100770009920260301100000', {}, 'ENR-MAN-001'],
  ['that is no heartbeat', HEARTBEAT_ID, { v: 7 }, 'ENR-CHN-002'],
  ['that is larger than a channel takes', 'manifest:too-large', { text: 'x'.repeat(16_400) }, 'ENR-CHN-002'],
];

async function announceAll(channel: TestChannel, count: number): Promise<TestPacket[]> {
  const packets = Array.from({ length: count }, (_none, index) => channel.station.packet(index + 1, 10));
  for (const packet of packets) await announceHere(channel, packet);
  return packets;
}

const allArrived = async (channel: TestChannel, packets: readonly TestPacket[]): Promise<boolean> =>
  (await Promise.all(packets.map((packet) => arrived(channel, packet)))).every(Boolean);

describe('a document', () => {
  it.each(POISON)('%s is refused once, and the others go up with it', async (_what, id, body, code) => {
    const channel = await openTestChannel();
    const [first, ...rest] = await announceAll(channel, 3);
    await channel.database().outgoing.insert({ id, body: { ...body } });
    const last = channel.station.packet(9, 10);
    await announceHere(channel, last);
    const replication = channel.start();
    await replication.inSync();
    expect(channel.told.refused).toEqual([[id, code]]);
    expect(await allArrived(channel, [...(first ? [first] : []), ...rest, last])).toBe(true);
    expect(channel.gateway.requests.filter((request) => request.includes('_bulk_docs'))).toHaveLength(1);
  });

  it('that is too large does not even leave the station', async () => {
    const channel = await openTestChannel();
    await channel.database().outgoing.insert({ id: 'manifest:too-large', body: { text: 'x'.repeat(16_400) } });
    await channel.start().inSync();
    expect(channel.told.refused).toEqual([['manifest:too-large', 'ENR-CHN-002']]);
    expect(channel.gateway.requests.filter((request) => request.includes('_bulk_docs'))).toEqual([]);
  });

  it('for which something on the way refuses the whole request is found among sixty', async () => {
    const channel = await openTestChannel();
    const packets = await announceAll(channel, 60);
    const proxy = await openHttpProxy(channel.gateway.url);
    const poison = 'x'.repeat(198);
    await channel.database().outgoing.insert({ id: poison, body: {} });
    proxy.treat = (passing) => (isPush(passing) && inflated(passing).includes(poison) ? 422 : 'pass');
    channel.start({ baseUrl: proxy.url });
    await until(() => allArrived(channel, packets), 'all the others');
    await until(() => channel.told.refused.length > 0, 'word of the culprit');
    expect(channel.told.refused).toEqual([[poison, 'ENR-CHN-005']]);
    // It may be a captive portal that says so: the link hears of each.
    for (const failure of channel.link.failures) expect(failure).toMatchObject({ name: 'LinkError', status: 422 });
  });
});

describe('a proxy on the way', () => {
  it('that lets through little at a time gets little at a time', async () => {
    const channel = await openTestChannel();
    const packets = await announceAll(channel, 40);
    const proxy = await openHttpProxy(channel.gateway.url);
    proxy.treat = (passing) => (isPush(passing) && passing.body.byteLength > 4_000 ? 413 : 'pass');
    channel.start({ baseUrl: proxy.url });
    await until(() => allArrived(channel, packets), 'all manifests');
    expect(channel.told.refused).toEqual([]);
  });

  it('that is a captive portal sets nothing aside, and all goes up when it lets the station through', async () => {
    const channel = await openTestChannel();
    const packets = await announceAll(channel, 5);
    const proxy = await openHttpProxy(channel.gateway.url);
    proxy.treat = () => 403;
    channel.start({ baseUrl: proxy.url });
    await until(() => channel.told.link.filter((went) => !went).length > 4, 'failures of the link');
    expect(channel.told).toMatchObject({ refused: [], accepted: [] });
    proxy.treat = () => 'pass';
    await until(() => allArrived(channel, packets), 'all manifests');
    expect(channel.told.refused).toEqual([]);
  });

  it('that sends everything twice and loses the first answers makes nothing be there twice', async () => {
    const channel = await openTestChannel();
    const packets = await announceAll(channel, 5);
    const { gateway, station, told } = channel;
    const proxy = await openHttpProxy(gateway.url);
    proxy.treat = (passing) => (isPush(passing) ? 'twice' : 'pass');
    const replication = channel.start({ baseUrl: proxy.url });
    await writeDown(gateway, station.number, ...packets.map((packet) => receiptFor(channel, packet)));
    await until(async () => (await incomingIds(channel)).length === 5, 'all receipts');
    await replication.inSync();
    expect(await gateway.databases.registrations.info()).toMatchObject({ docCount: 5 });
    expect(told.refused).toEqual([]);
    expect(told.accepted.sort()).toEqual(packets.map(({ rid }) => manifestId(rid)).sort());
  });
});

describe('a core', () => {
  it('says of each manifest whether it wants the bytes, and whether it has come to an end', async () => {
    const channel = await openTestChannel();
    const { gateway } = channel;
    const [announced, received, ended] = await announceAll(channel, 3);
    if (!announced || !received || !ended) throw new Error('three packets');
    const first = channel.start();
    await first.inSync();
    await first.stop();
    const states = [
      [received, 'RECEIVED'],
      [ended, 'COMPLETED'],
    ] as const;
    for (const [{ rid }, state] of states) {
      const registration = await registrationOf(gateway, rid);
      if (!registration) throw new Error(rid);
      await gateway.databases.registrations.write([{ ...registration, state } as never]);
    }
    channel.told.answers.length = 0;
    const { outgoing } = channel.database();
    for (const { rid } of [announced, received, ended]) {
      await (await outgoing.findOne(manifestId(rid)).exec())?.incrementalModify((entry) => ({ ...entry, offers: 2 }));
    }
    await channel.start().inSync();
    expect(channel.told.answers).toEqual([
      { id: manifestId(announced.rid), wanted: true, ended: false },
      { id: manifestId(received.rid), wanted: false, ended: false },
      { id: manifestId(ended.rid), wanted: false, ended: true },
    ]);
  });

  it('of another epoch is heard in the middle of a long poll, and read from its beginning', async () => {
    const channel = await openTestChannel();
    const { gateway, station, told } = channel;
    const restored = await openTestGateway({ now: () => new Date(), epoch: 'second' });
    await restored.register.register(station.card);
    const proxy = await openHttpProxy(gateway.url);
    const [one, other] = [station.packet(1), station.packet(2)];
    await writeDown(gateway, station.number, receiptFor(channel, one));
    await writeDown(restored, station.number, receiptFor(channel, other));
    channel.start({ baseUrl: proxy.url, pollMs: 300 });
    await until(async () => (await incomingIds(channel)).length === 1, 'the first receipt');
    expect(told.words.map(({ epoch }) => epoch)).toEqual(['first']);
    proxy.target = restored.url;
    await until(async () => (await incomingIds(channel)).length === 2, 'the receipt of the restored core');
    expect(told.words.map(({ epoch }) => epoch)).toEqual(['first', 'second']);
    expect(told.link).not.toContain(false);
  });
});

/** What the station said, as the core reads it. */
function inflated({ body }: Passing): string {
  return (body[0] === 0x1f ? gunzipSync(body) : body).toString();
}
