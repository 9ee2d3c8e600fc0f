import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { coreWordSchema, epochTag, verifyCoreWord } from '@enroute/shared/schemas/core-word.ts';
import { describe, expect, it, vi } from 'vitest';
import { type Database, type Doc, StoreError } from '../../store/store.ts';
import {
  announce,
  ask,
  ERROR_LEVEL,
  NOW,
  newStation,
  OTHER_STATION,
  openTestGateway,
  registered,
  STATION,
  type TestGateway,
  type TestStation,
  writeDown,
} from '../gateway.fixture.ts';
import { until } from '../uploads/upload.fixture.ts';

const CHANNEL = `channel-${STATION}`;
const down = (name: string) => ({ _id: `task:${name}` });

interface Changes {
  readonly results: readonly { readonly id: string; readonly seq: string; readonly doc?: object }[];
  readonly last_seq: string;
  readonly core?: unknown;
}

async function open() {
  const gateway = await openTestGateway();
  const station = await registered(gateway);
  const changes = async (query: string, signal?: AbortSignal): Promise<Changes> => {
    const answer = await ask(gateway, station, 'GET', `${CHANNEL}/_changes?${query}`, signal ? { signal } : {});
    expect(answer.status).toBe(200);
    return answer.json as Changes;
  };
  return { gateway, station, changes };
}

/** A long poll whose status came, with the first newline: the rest of it is still to come. */
async function untilHeartbeat(gateway: TestGateway, station: TestStation): Promise<Response> {
  const poll = await fetch(`${gateway.url}${CHANNEL}/_changes?feed=longpoll&timeout=20000&heartbeat=250`, {
    headers: { authorization: await station.authorization() },
  });
  expect(poll.status).toBe(200);
  return poll;
}

/** The gateway's side of the next request. */
function nextResponse(): Promise<ServerResponse> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  const note = (message: unknown): void => {
    unsubscribe('http.server.request.start', note);
    resolve((message as { response: ServerResponse }).response);
  };
  subscribe('http.server.request.start', note);
  return promise;
}

const ids = ({ results }: Changes): string[] => results.map(({ id }) => id);

describe('the feed of a channel', () => {
  it('shows a station what the core wrote, in pages, and not what the station wrote itself', async () => {
    const { gateway, station, changes } = await open();
    await announce(gateway, station, station.packet(1));
    await writeDown(gateway, STATION, down('a'), down('b'));
    await announce(gateway, station, station.packet(2));
    await writeDown(gateway, STATION, down('c'));

    const first = await changes('filter=enroute/down&limit=2&include_docs=true');
    expect(ids(first)).toEqual(['task:a', 'task:b']);
    const second = await changes(`filter=enroute/down&limit=2&since=${first.last_seq}`);
    expect(ids(second)).toEqual(['task:c']);
    expect(ids(await changes(`filter=enroute/down&limit=2&since=${second.last_seq}`))).toEqual([]);
    expect(second.results[0]?.doc).toBeUndefined();
    expect(first.results[0]?.doc).toMatchObject({ _id: 'task:a', _rev: expect.stringMatching(/^1-/) });
    expect(ids(await changes(''))).toEqual(['task:a', 'task:b', 'task:c']);
  });

  it('is told whole, however long it is, to who asks for all of it at once', async () => {
    const { gateway, changes } = await open();
    const many = Array.from({ length: 250 }, (_none, index) => down(`${1_000 + index}`));
    await writeDown(gateway, STATION, ...many);
    const all = await changes('');
    expect(ids(all)).toEqual(many.map(({ _id }) => _id));
    expect(ids(await changes(`since=${all.last_seq}`))).toEqual([]);
    const some = await changes('limit=220');
    expect(ids(some)).toHaveLength(220);
    expect(ids(await changes(`since=${some.last_seq}`))).toHaveLength(30);
  });

  it('tells how much lies behind a place, and none of it, to who asks for no documents', async () => {
    const { gateway, changes } = await open();
    expect(await changes('limit=0')).toMatchObject({ results: [], pending: 0 });
    await writeDown(gateway, STATION, down('a'), down('b'));
    const { last_seq } = await changes('limit=1');
    expect(await changes(`limit=0&since=${last_seq}`)).toMatchObject({ results: [], last_seq, pending: 1 });
  });

  it('goes on past a page in which there is nothing for the station', async () => {
    const { gateway, station, changes } = await open();
    await announce(gateway, station, ...[1, 2, 3, 4, 5].map((sequence) => station.packet(sequence, 10)));
    await writeDown(gateway, STATION, down('a'));
    expect(ids(await changes('filter=enroute/down&limit=2'))).toEqual(['task:a']);
  });

  it('refuses a question that it can not read, and says whose fault it is', async () => {
    const { gateway, station } = await open();
    const garbage = [
      'since=garbage',
      'since=-1',
      'since=1;DROP',
      'since=1-abc',
      'limit=-1',
      'limit=many',
      'feed=longpoll&limit=0',
      'feed=continuous',
      'feed=eventsource',
      'filter=_doc_ids',
      'timeout=-5',
      'include_docs=1',
      'heartbeat=10',
      'heartbeat=60000',
    ];
    for (const query of garbage) {
      const answer = await ask(gateway, station, 'GET', `${CHANNEL}/_changes?${query}`);
      expect(answer, query).toMatchObject({ status: 422, json: { error: 'ENR-CHN-003' } });
    }
  });

  it('knows no place but those of its own epoch, and begins anew for one that lies beyond its end', async () => {
    const { gateway, station, changes } = await open();
    await writeDown(gateway, STATION, down('a'));
    const { last_seq } = await changes('');
    const [tag] = last_seq.split('.');
    expect(tag).toBe(epochTag(gateway.keys.epoch));
    expect(ids(await changes(`since=${tag}.999999`))).toEqual(['task:a']);
    for (const place of ['1', `${epochTag('another')}.1`, `${tag}1`, `${tag}.`, `.${tag}`]) {
      const answer = await ask(gateway, station, 'GET', `${CHANNEL}/_changes?since=${place}`);
      expect(answer, place).toMatchObject({ status: 422, json: { error: 'ENR-CHN-003' } });
    }
  });

  it('tells who asks from the beginning which core this is, and the highest RID of theirs, and nobody else', async () => {
    const { gateway, station, changes } = await open();
    const first = await changes('');
    expect(first.core).toMatchObject({
      station: STATION,
      epoch: 'first',
      generation: 0,
      highestRid: null,
      at: NOW.toISOString(),
    });
    await announce(gateway, station, station.packet(7, 10), station.packet(12, 10), station.packet(2, 10));
    await announce(
      gateway,
      await registered(gateway, OTHER_STATION),
      newStation(gateway, OTHER_STATION).packet(99, 10),
    );
    const again = await changes('feed=longpoll&timeout=50');
    const word = coreWordSchema.parse(again.core);
    expect(word.highestRid).toBe(station.packet(12, 10).rid);
    expect(verifyCoreWord(word, publicKeyOf(gateway.keys.signing))).toBe(true);
    expect(verifyCoreWord({ ...word, epoch: 'second' }, publicKeyOf(gateway.keys.signing))).toBe(false);
    expect((await changes(`since=${again.last_seq}`)).core).toBeUndefined();
  });

  it('is compressed for who takes it so, when that saves anything', async () => {
    const { gateway, station, changes } = await open();
    const encodingOf = async (headers: Record<string, string>): Promise<string | null> =>
      (await ask(gateway, station, 'GET', `${CHANNEL}/_changes?include_docs=true`, { headers })).headers.get(
        'content-encoding',
      );
    expect(await encodingOf({ 'accept-encoding': 'gzip' })).toBeNull();
    await writeDown(gateway, STATION, ...Array.from({ length: 50 }, (_none, index) => down(`${index}`)));
    expect(await encodingOf({ 'accept-encoding': 'gzip' })).toBe('gzip');
    expect(await encodingOf({ 'accept-encoding': 'identity' })).toBeNull();
    expect(ids(await changes(''))).toHaveLength(50);
  });
});

describe('a long poll', () => {
  it('ends as soon as the core writes something', async () => {
    const { gateway, changes } = await open();
    const { last_seq } = await changes('');
    const asked = performance.now();
    const waiting = changes(`feed=longpoll&timeout=20000&filter=enroute/down&since=${last_seq}`);
    await sleep(50);
    await writeDown(gateway, STATION, down('a'));
    expect(ids(await waiting)).toEqual(['task:a']);
    expect(performance.now() - asked).toBeLessThan(1_000);
  });

  it('is not ended by what the station itself writes', async () => {
    const { gateway, station, changes } = await open();
    const { last_seq } = await changes('');
    const waiting = changes(`feed=longpoll&timeout=20000&filter=enroute/down&since=${last_seq}`);
    await announce(gateway, station, station.packet(1));
    expect(await Promise.race([waiting, sleep(100, 'still waiting')])).toBe('still waiting');
    await writeDown(gateway, STATION, down('a'));
    expect(ids(await waiting)).toEqual(['task:a']);
  });

  it('ends empty when its time is up, and tells how far it has seen', async () => {
    const { gateway, station, changes } = await open();
    await announce(gateway, station, station.packet(1));
    const { results, last_seq } = await changes('feed=longpoll&timeout=50&filter=enroute/down');
    expect(results).toEqual([]);
    expect(last_seq).toMatch(/^[0-9a-f]{8}\.[1-9]\d*$/);
  });

  it('ends quietly when the station goes away', async () => {
    const { gateway, changes } = await open();
    const leaving = new AbortController();
    const waiting = changes('feed=longpoll&timeout=20000', leaving.signal);
    await sleep(50);
    leaving.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    await sleep(50);
    expect(gateway.logs.filter(({ level }) => level >= ERROR_LEVEL)).toEqual([]);
    // Nobody waits in the store any more: it closes at once.
    const closing = performance.now();
    await gateway.stop();
    expect(performance.now() - closing).toBeLessThan(500);
  });

  it('is over at once for a station that went away while it was looked who it is', async () => {
    const { gateway, changes } = await open();
    const { get } = gateway.register;
    const looked = Promise.withResolvers<void>();
    vi.spyOn(gateway.register, 'get').mockImplementationOnce(async (station) => {
      await looked.promise;
      return get(station);
    });
    const entered = vi.spyOn(gateway.options.polls, 'enter');
    const leaving = new AbortController();
    const asked = nextResponse();
    const waiting = changes('feed=longpoll&timeout=20000', leaving.signal).catch(() => 'went away');
    const response = await asked;
    leaving.abort();
    await Promise.all([waiting, response.destroyed || once(response, 'close')]);
    looked.resolve();
    await until(() => entered.mock.results.length === 1);
    expect(entered.mock.results[0]).toMatchObject({ value: { isGone: true } });
  });

  it('is answered when the core stops, with how far it has seen', async () => {
    const { gateway, changes } = await open();
    const { last_seq } = await changes('');
    const ended = changes(`feed=longpoll&timeout=20000&since=${last_seq}`);
    await sleep(50);
    const stopping = performance.now();
    await gateway.stop();
    expect(performance.now() - stopping).toBeLessThan(400);
    expect(await ended).toMatchObject({ results: [], last_seq });
    expect(gateway.logs.filter(({ level }) => level >= ERROR_LEVEL)).toEqual([]);
  });

  it('shows with newlines that the core is there, and is an answer like any other at its end', async () => {
    const { gateway, station } = await open();
    const poll = await untilHeartbeat(gateway, station);
    await writeDown(gateway, STATION, down('a'));
    const text = await poll.text();
    expect(poll.status).toBe(200);
    expect(text).toMatch(/^\n+\{/);
    expect(ids(JSON.parse(text))).toEqual(['task:a']);
  });

  it('is not answered later for being kept alive', async () => {
    const { changes } = await open();
    const asked = performance.now();
    expect((await changes('feed=longpoll&timeout=600&heartbeat=250')).results).toEqual([]);
    expect(performance.now() - asked).toBeGreaterThan(590);
    expect(performance.now() - asked).toBeLessThan(2_000);
  });

  it.each([
    ['is suspended', { state: 'suspended' }, 'ENR-AUT-005', 403],
    ['has another key', undefined, 'ENR-AUT-002', 401],
    ['is not known any more', { _deleted: true }, 'ENR-AUT-004', 401],
  ])('is ended within two heartbeats when the station %s, and says why', async (_what, change, code, status) => {
    const { gateway, station } = await open();
    const poll = await untilHeartbeat(gateway, station);
    const { stations } = gateway.databases;
    const doc = (await stations.get(STATION)) as Doc;
    if (change) await stations.write([{ ...doc, ...change } as Doc]);
    else await gateway.register.register(newStation(gateway).card);
    const changed = performance.now();
    const answer = await poll.text();
    expect(performance.now() - changed).toBeLessThan(1_500);
    expect(JSON.parse(answer)).toMatchObject({ error: code, status });
  });

  it('brings nothing that was written after the station was shut out', async () => {
    const { gateway, changes, station } = await open();
    const { last_seq } = await changes('');
    // No heartbeat asks meanwhile.
    const path = `channel-${STATION}/_changes?feed=longpoll&timeout=20000&heartbeat=20000&include_docs=true&since=${last_seq}`;
    const poll = ask(gateway, station, 'GET', path);
    await until(() => gateway.requests.some((asked) => asked.includes('heartbeat=20000')));
    await sleep(50);
    const { stations } = gateway.databases;
    await stations.write([{ ...(await stations.get(STATION)), state: 'revoked' } as Doc]);
    await writeDown(gateway, STATION, down('secret'));
    const { status, json, text } = await poll;
    expect({ status, json }).toMatchObject({ status: 403, json: { error: 'ENR-AUT-007' } });
    expect(text).not.toContain('task:secret');
  });

  it('ends empty when the station has opened two newer ones, and costs other stations nothing', async () => {
    const { gateway, changes } = await open();
    const other = await registered(gateway, OTHER_STATION);
    const { last_seq } = await changes('');
    const poll = `_changes?feed=longpoll&timeout=20000&since=${last_seq}`;
    const theirs = ask(gateway, other, 'GET', `channel-${OTHER_STATION}/${poll}`);
    const ended: number[] = [];
    const waiting: Promise<unknown>[] = [];
    for (const nth of [0, 1, 2, 3]) {
      const before = gateway.requests.length;
      waiting.push(changes(poll.slice('_changes?'.length)).finally(() => ended.push(nth)));
      await until(() => gateway.requests.length > before);
      await sleep(50);
    }
    await until(() => ended.length === 2);
    expect(ended).toEqual([0, 1]);
    expect(await waiting[0]).toMatchObject({ results: [], last_seq });
    // Whoever does not wait takes no share.
    await Promise.all([changes(''), changes(''), changes('')]);
    expect(ended).toEqual([0, 1]);
    await writeDown(gateway, STATION, down('a'));
    await Promise.all(waiting);
    await writeDown(gateway, OTHER_STATION, down('b'));
    expect(ids((await theirs).json as Changes)).toEqual(['task:b']);
  });

  it('of which the store fails after the first heartbeat says so in its body', async () => {
    let fails = false;
    const gateway = await openTestGateway({
      databases: (databases) => ({
        ...databases,
        channel: async (name) => {
          const channel = await databases.channel(name);
          const changes: Database['changes'] = async (query) => {
            if (fails) throw new StoreError('the disk is gone', { transient: true });
            return channel.changes(query);
          };
          return Object.assign(Object.create(channel), { changes });
        },
      }),
    });
    const station = await registered(gateway);
    const poll = await untilHeartbeat(gateway, station);
    fails = true;
    await writeDown(gateway, STATION, down('a'));
    expect(JSON.parse(await poll.text())).toMatchObject({ error: 'ENR-WEB-002', status: 503 });
  });
});
