/** What polls that wait cost: what they ask of the store, and what wakes them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CoreDatabases } from '../../databases.ts';
import type { ChangesQuery, Database, Doc, Store } from '../../store/store.ts';
import {
  ask,
  OTHER_STATION,
  openTestGateway,
  registered,
  STATION,
  type TestGateway,
  writeDown,
} from '../gateway.fixture.ts';
import { until } from '../uploads/upload.fixture.ts';
import { type ChannelReader, channelReader } from './channel-reader.ts';
import { waitForPage } from './long-poll.ts';
import { openPolls } from './open-polls.ts';

const QUERY = { feed: 'longpoll', since: undefined, isNew: false, limit: 100, includeDocs: false } as const;

/** A gateway that notes which channels were read. */
async function open() {
  const reads: string[] = [];
  const counting = (databases: CoreDatabases): CoreDatabases => ({
    ...databases,
    channel: async (name) => {
      const channel = await databases.channel(name);
      const changes = (query: ChangesQuery) => {
        reads.push(name);
        return channel.changes(query);
      };
      return Object.assign(Object.create(channel), { changes }) as Database;
    },
  });
  const gateway = await openTestGateway({ databases: counting });
  const station = await registered(gateway);
  const other = await registered(gateway, OTHER_STATION);
  return { gateway, station, other, reads };
}

const poll = (gateway: TestGateway, station: Parameters<typeof ask>[1], number: string, query: string) =>
  ask(gateway, station, 'GET', `channel-${number}/_changes?feed=longpoll&${query}`);

describe('a poll that waits', () => {
  it('asks its channel once for each wake-up, and never for that of another', async () => {
    const { gateway, station, other, reads } = await open();
    await writeDown(gateway, STATION, { _id: 'task:a' });
    await writeDown(gateway, OTHER_STATION, { _id: 'task:a' });
    const { last_seq } = (await poll(gateway, station, STATION, 'timeout=0')).json as { last_seq: string };
    reads.length = 0;
    const waiting = poll(gateway, station, STATION, `timeout=20000&heartbeat=250&since=${last_seq}`);
    await until(() => reads.length === 1);
    await writeDown(gateway, OTHER_STATION, { _id: 'task:b' });
    await sleep(600);
    expect(reads).toEqual([STATION]);
    await writeDown(gateway, STATION, { _id: 'task:b' });
    expect((await waiting).json).toMatchObject({ results: [{ id: 'task:b' }] });
    expect(reads).toEqual([STATION, STATION]);
    expect((await poll(gateway, other, OTHER_STATION, 'timeout=0')).json).toMatchObject({ results: { length: 2 } });
  });

  it('makes no channel for a station that was never written to, and hears of its first document', async () => {
    const { gateway, station } = await open();
    const waiting = poll(gateway, station, STATION, 'timeout=20000&heartbeat=250');
    await sleep(400);
    expect(await gateway.store.list('channel-')).toEqual([]);
    await writeDown(gateway, STATION, { _id: 'task:a' });
    expect((await waiting).json).toMatchObject({ results: [{ id: 'task:a' }] });
  });
});

describe('a wake-up', () => {
  /** A poll over a store whose watch is in the test's hand. */
  async function openByHand(through: (reader: ChannelReader) => ChannelReader = (reader) => reader) {
    const gateway = await openTestGateway();
    const { card } = await registered(gateway);
    let written: (name: string) => void = () => undefined;
    const watch: Store['watch'] = async (_prefix, tell) => {
      written = tell;
      return async () => undefined;
    };
    const polls = await openPolls({ list: (prefix) => gateway.store.list(prefix), watch });
    const reader = through(channelReader(gateway.databases.channel, polls.channels));
    const beats: number[] = [];
    const wait = (heartbeatMs: number) =>
      waitForPage(
        {
          reader,
          poll: polls.enter(STATION, 'longpoll'),
          card,
          requireStillAdmitted: async () => undefined,
          beat: () => void beats.push(performance.now()),
          random: () => 0,
        },
        { ...QUERY, waitMs: 20_000, heartbeatMs },
      );
    return { gateway, wait, beats, wake: () => written(`channel-${STATION}`) };
  }

  it('that was missed costs six heartbeats and no more', async () => {
    const { gateway, wait, beats } = await openByHand();
    const page = wait(60);
    await until(() => beats.length === 1);
    await writeDown(gateway, STATION, { _id: 'task:a' });
    expect((await page).changes).toMatchObject([{ id: 'task:a' }]);
    expect(beats).toHaveLength(6);
  });

  it('that comes while the channel is being read is not lost', async () => {
    const read = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const { gateway, wait, wake } = await openByHand((reader) => ({
      ...reader,
      page: async (...asked) => {
        const page = await reader.page(...asked);
        read.resolve();
        await written.promise;
        return page;
      },
    }));
    const began = performance.now();
    const page = wait(20_000);
    await read.promise;
    // It has found nothing, and does not wait yet.
    await (await gateway.databases.channel(STATION)).write([{ _id: 'task:a' } as Doc]);
    wake();
    written.resolve();
    expect((await page).changes).toMatchObject([{ id: 'task:a' }]);
    expect(performance.now() - began).toBeLessThan(4_000);
  });
});
