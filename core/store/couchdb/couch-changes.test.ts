import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database, Store } from '../store.ts';
import { openCouchStore } from './open-couch-store.ts';
import { json, type PretendedCouch, pretendCouch } from './pretended-couch.fixture.ts';

let couch: PretendedCouch;
let store: Store;
let db: Database;

beforeEach(async () => {
  couch = await pretendCouch();
  store = await openCouchStore({ url: couch.url });
  db = await store.database('notes');
  couch.asked.length = 0;
});
afterEach(async () => {
  await store.close();
  await couch.close();
});

const REV = '1-0123456789abcdef0123456789abcdef';
const DONE = { field: 'state', values: ['done'] };

/** Changes from the seq `from` on, one for each state. */
function page(from: number, states: readonly string[], lastSeq: string): RequestListener {
  const results = states.map((state, i) => {
    const id = `d${from + i}`;
    return { id, seq: `${from + i}`, changes: [{ rev: REV }], doc: { _id: id, _rev: REV, state } };
  });
  return json(200, JSON.stringify({ results, last_seq: lastSeq }));
}

const asked = (): URLSearchParams[] =>
  couch.asked.map((line) => new URL(line.split(' ')[1] ?? '', couch.url).searchParams);

test('what does not fit is passed over here, in pages that no request can take too long over', async () => {
  const open = Array.from({ length: 500 }, () => 'open');
  const pages = [page(1, open, '500'), page(501, open, '1000'), page(1001, ['open', 'done', 'open'], '1003')];
  couch.answer = (request, response) => pages.shift()?.(request, response);
  const { changes, lastSeq } = await db.changes({ since: undefined, limit: 10, waitMs: 0, selector: DONE });
  expect(changes.map(({ id }) => id)).toEqual(['d1002']);
  expect(lastSeq).toBe('1003');
  expect(asked().map((query) => [query.get('since'), query.get('limit'), query.get('filter')])).toEqual([
    ['0', '500', null],
    ['500', '500', null],
    ['1000', '500', null],
  ]);
});

test('more that fits than was asked for is left for the next, which begins behind the last that was given', async () => {
  couch.answer = page(1, ['open', 'done', 'done', 'open', 'done'], '5');
  const { changes, lastSeq } = await db.changes({ since: undefined, limit: 2, waitMs: 0, selector: DONE });
  expect(changes.map(({ id }) => id)).toEqual(['d2', 'd3']);
  expect(lastSeq).toBe('3');
});

test('a server that ends every long poll at once, with nothing, is not asked again at once', async () => {
  couch.answer = page(1, [], '7');
  const poll = db.changes({ since: '7', limit: 10, waitMs: 350 });
  expect(await poll).toEqual({ changes: [], lastSeq: '7' });
  expect(couch.asked.length).toBeLessThanOrEqual(5);
});

test('a store that closes, and a caller who gives up, do not wait for the next question', async () => {
  couch.answer = page(1, [], '7');
  const start = performance.now();
  const gaveUp = db.changes({ since: '7', limit: 10, waitMs: 60_000, signal: AbortSignal.timeout(150) });
  await expect(gaveUp).rejects.toMatchObject({ name: 'TimeoutError' });
  const closed = db.changes({ since: '7', limit: 10, waitMs: 60_000 });
  const refused = expect(closed).rejects.toThrow('closed');
  await store.close();
  await refused;
  expect(performance.now() - start).toBeLessThan(2000);
});
