import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { announce, ask, ERROR_LEVEL, openTestGateway, registered, STATION, writeDown } from './gateway.fixture.ts';

const CHANNEL = `channel-${STATION}`;
const down = (name: string) => ({ _id: `task:${name}` });

interface Changes {
  readonly results: readonly { readonly id: string; readonly seq: string; readonly doc?: object }[];
  readonly last_seq: string;
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

const ids = ({ results }: Changes): string[] => results.map(({ id }) => id);

describe('the feed of a channel', () => {
  it('shows a station what the core wrote, in pages, and not what the station wrote itself', async () => {
    const { gateway, station, changes } = await open();
    await announce(gateway, station, station.packet(1));
    await writeDown(gateway, STATION, down('a'), down('b'));
    await announce(gateway, station, station.packet(2));
    await writeDown(gateway, STATION, down('c'));

    const first = await changes('filter=enroute/down&limit=2&include_docs=true');
    expect(ids(first)).toEqual(['task:a']);
    const second = await changes(`filter=enroute/down&limit=2&since=${first.last_seq}`);
    expect(ids(second)).toEqual(['task:b']);
    const third = await changes(`filter=enroute/down&limit=10&since=${second.last_seq}`);
    expect(ids(third)).toEqual(['task:c']);
    expect(third.results[0]?.doc).toBeUndefined();
    expect(first.results[0]?.doc).toMatchObject({ _id: 'task:a', _rev: expect.stringMatching(/^1-/) });
    expect(ids(await changes(''))).toHaveLength(5);
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
      'limit=0',
      'limit=many',
      'feed=eventsource',
      'filter=_doc_ids',
      'timeout=-5',
      'include_docs=1',
    ];
    for (const query of garbage) {
      const answer = await ask(gateway, station, 'GET', `${CHANNEL}/_changes?${query}`);
      expect(answer, query).toMatchObject({ status: 422, json: { error: 'ENR-CHN-003' } });
    }
    for (const keys of ['', '{', '["a",1]', '"a"']) {
      const answer = await ask(gateway, station, 'GET', `${CHANNEL}/_all_docs?keys=${encodeURIComponent(keys)}`);
      expect(answer, keys).toMatchObject({ status: 422, json: { error: 'ENR-CHN-003' } });
    }
  });

  it('begins anew for a place that lies beyond its end, as after a restore of the core', async () => {
    const { gateway, changes } = await open();
    await writeDown(gateway, STATION, down('a'));
    expect(ids(await changes('since=999999'))).toEqual(['task:a']);
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
    expect(Number(last_seq)).toBeGreaterThan(0);
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

  it('ends when the core stops', async () => {
    const { gateway, changes } = await open();
    const ended = changes('feed=longpoll&timeout=20000').catch((error: unknown) => error);
    await sleep(50);
    await gateway.stop();
    expect(await ended).toBeInstanceOf(Error);
    expect(gateway.logs.filter(({ level }) => level >= ERROR_LEVEL)).toEqual([]);
  });
});
