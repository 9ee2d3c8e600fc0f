import type { RequestListener } from 'node:http';
import { elapse } from '@enroute/sync/link/elapse.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Store } from '../store.ts';
import { openCouchStore } from './open-couch-store.ts';
import { json, type PretendedCouch, pretendCouch } from './pretended-couch.fixture.ts';

let couch: PretendedCouch;
let store: Store;

beforeEach(async () => {
  couch = await pretendCouch();
  store = await openCouchStore({ url: couch.url, prefix: 'p-' });
});
afterEach(async () => {
  await store.close();
  await couch.close();
});

const NO_NEWS = json(404, '{"error":"not_found","reason":"Database does not exist."}');

const news = (seq: string, ...names: string[]): RequestListener => {
  const results = names.map((db_name) => ({ db_name, type: 'updated', seq }));
  return json(200, JSON.stringify({ results, last_seq: seq }));
};

/** Answers the questions one after the other, and leaves every later one waiting. */
function inTurn(...answers: readonly RequestListener[]): RequestListener {
  const left = [...answers];
  return (request, response) => left.shift()?.(request, response);
}

/** A watch; `told` resolves when so many names were told. */
async function watch(prefix: string, count: number) {
  const names: string[] = [];
  const all = Promise.withResolvers<readonly string[]>();
  const end = await store.watch(prefix, (name) => {
    names.push(name);
    if (names.length === count) all.resolve(names);
  });
  return { told: all.promise, end };
}

const asked = (): string[] => couch.asked.slice(2).map((line) => line.replace('/behind/a/path/', ''));

test('the database of the news is made when it is missing', async () => {
  couch.answer = inTurn(NO_NEWS, json(201, '{"ok":true}'), news('5'), news('6', 'p-channel-1'));
  const { told, end } = await watch('channel-', 1);
  expect(await told).toEqual(['channel-1']);
  await end();
  expect(asked().slice(0, 4)).toEqual([
    'GET _db_updates?since=now&feed=normal',
    'PUT _global_changes?q=1&n=1',
    'GET _db_updates?since=now&feed=normal',
    'GET _db_updates?since=5&feed=longpoll&timeout=50000',
  ]);
});

test('only names of this core and of the prefix are told, one poll after the other', async () => {
  const others = ['_dbs', 'channel-9', 'q-channel-1', 'p-people', 'p-Channel-1', 'p-channel-1'];
  couch.answer = inTurn(news('1'), news('2', ...others), news('3'), news('4', 'p-channel-2'));
  const { told, end } = await watch('channel-', 2);
  expect(await told).toEqual(['channel-1', 'channel-2']);
  await end();
  const polls = asked().map((line) => /since=(\w+)/.exec(line)?.[1]);
  expect(polls.slice(0, 4)).toEqual(['now', '1', '2', '3']);
});

test('a failure is followed by another try from the same place, a refusal by one from now', async () => {
  couch.answer = inTurn(
    news('1'),
    json(503, '{}'),
    (request) => request.socket.destroy(),
    news('2', 'p-channel-1'),
    json(400, '{"error":"bad_request","reason":"Malformed sequence"}'),
    NO_NEWS,
    json(412, '{"error":"file_exists"}'),
    news('7'),
    news('8', 'p-channel-2'),
  );
  const { told, end } = await watch('channel-', 2);
  expect(await told).toEqual(['channel-1', 'channel-2']);
  await end();
  const polls = asked().map((line) => /since=(\w+)/.exec(line)?.[1]);
  expect(polls.slice(0, 9)).toEqual(['now', '1', '1', '1', '2', 'now', undefined, 'now', '7']);
});

test('a listener that throws is told another time, its error is told, and others hear of what it missed', async () => {
  couch.answer = inTurn(news('1'), news('2', 'p-channel-1', 'p-channel-2'), news('3', 'p-channel-1'));
  const names: string[] = [];
  const troubles: unknown[] = [];
  const third = Promise.withResolvers<void>();
  const end = await store.watch(
    'channel-',
    (name) => {
      names.push(name);
      if (names.length === 3) third.resolve();
      if (name === 'channel-1') throw new Error(`no ${name}`);
    },
    (error) => troubles.push(error),
  );
  await third.promise;
  await end();
  expect(names).toEqual(['channel-1', 'channel-2', 'channel-1']);
  expect(troubles).toEqual([new Error('no channel-1'), new Error('no channel-1')]);
  expect(asked().filter((line) => line.includes('since=1'))).toHaveLength(1);
});

test('a watch that has heard nothing but errors for about a minute tells the last, and goes on', async () => {
  // Waits of nothing, in place of a minute.
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  const failures = Array.from({ length: 8 }, () => json(503, '{"error":"x","reason":"away"}'));
  couch.answer = inTurn(news('1'), ...failures, news('2', 'p-channel-1'));
  const heard = Promise.withResolvers<readonly unknown[]>();
  const troubles: unknown[] = [];
  const end = await store.watch(
    'channel-',
    () => heard.resolve([...troubles]),
    (error) => troubles.push(error),
  );
  expect(await heard.promise).toEqual([expect.objectContaining({ status: 503 })]);
  await end();
  expect(troubles).toHaveLength(1);
  random.mockRestore();
});

test('a server that answers at once, with nothing, is not asked again at once', async () => {
  couch.answer = news('1');
  const { end } = await watch('channel-', 1);
  await elapse(250, new AbortController().signal);
  await end();
  expect(asked().length).toBeLessThanOrEqual(4);
});

test('a server that can not be asked now is an error now', async () => {
  couch.answer = json(500, '{}');
  await expect(store.watch('', () => undefined)).rejects.toMatchObject({ name: 'CouchError', transient: true });
});
