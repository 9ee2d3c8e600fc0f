import type { RequestListener } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Store, StoreError } from '../store.ts';
import { openCouchStore } from './open-couch-store.ts';
import { json, type PretendedCouch, pretendCouch, SECRET } from './pretended-couch.fixture.ts';
import { couchFetch, deleteCouchDatabases } from './test-server.ts';

let couch: PretendedCouch;

beforeEach(async () => {
  couch = await pretendCouch();
});
afterEach(() => couch.close());

/** The error of a read when the server behaves like this. */
async function errorOf(listener: RequestListener, requestTimeoutMs = 5000): Promise<StoreError> {
  const store = await openCouchStore({ url: couch.url, requestTimeoutMs });
  const db = await store.database('notes');
  couch.answer = listener;
  const error: unknown = await db.get('a').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
}

describe('errors of the CouchDB store', () => {
  test.each([
    ['an overloaded server', json(503, '{"error":"x","reason":"y"}'), true],
    ['a server with an inner error', json(500, 'not even JSON'), true],
    ['too many requests', json(429, '{}'), true],
    ['wrong credentials', json(401, '{"error":"unauthorized","reason":"Name or password is incorrect."}'), false],
    ['a forbidden database', json(403, '{"error":"forbidden","reason":"no"}'), false],
    ['a database that is gone', json(404, '{"error":"not_found","reason":"Database does not exist."}'), false],
    ['an answer that is not JSON', (_q, r) => r.end('<html>'), true],
    ['an answer of another form', json(200, '{"rows":[{"id":7}]}'), true],
    ['an answer that breaks off', (_q, r) => breakOff(r), true],
    ['a connection that breaks off', (q) => q.socket.destroy(), true],
  ] satisfies [string, RequestListener, boolean][])(
    '%s: says whether to try again',
    async (_name, listener, transient) => {
      const error = await errorOf(listener);
      expect(error.transient).toBe(transient);
      expect(error.message).not.toContain('undefined');
    },
  );

  test('a server that says nothing, or stops in the middle, meets the deadline', async () => {
    for (const listener of [() => undefined, stopInTheMiddle] satisfies RequestListener[]) {
      const start = performance.now();
      const error = await errorOf(listener, 300);
      expect(error).toMatchObject({ transient: true, message: expect.stringContaining('within 300 ms') });
      expect(performance.now() - start).toBeLessThan(1500);
    }
  });

  test('credentials are in no error and in no inspection, whatever goes wrong', async () => {
    const shown: string[] = [];
    const show = (value: unknown): void => {
      shown.push(inspect(value, { depth: 20, showHidden: true, getters: true }), String(value));
      if (value instanceof Error)
        shown.push(String(value.stack), JSON.stringify(value, Object.getOwnPropertyNames(value)));
    };
    for (const listener of [
      json(401, '{"error":"unauthorized"}'),
      json(500, '{}'),
      (q) => q.socket.destroy(),
    ] satisfies RequestListener[]) {
      show(await errorOf(listener));
    }
    show(await openCouchStore({ url: couch.url }));
    const unreadable = [
      `http://someone:${SECRET}@[nonsense/`,
      `ftp://someone:${SECRET}@host/`,
      `http://a:%zz${SECRET}@host/`,
    ];
    const unreachable = `http://someone:${SECRET}@127.0.0.1:1/`;
    for (const bad of [...unreadable, unreachable])
      show(await openCouchStore({ url: bad }).catch((error: unknown) => error));
    const basic = Buffer.from(`someone:${decodeURIComponent(SECRET)}`).toString('base64');
    for (const text of shown) {
      for (const secret of [SECRET, decodeURIComponent(SECRET), basic]) expect(text).not.toContain(secret);
    }
  });

  test('a server behind a path is asked behind that path', async () => {
    const store = await openCouchStore({ url: couch.url, prefix: 'p-' });
    await store.database('notes');
    expect(couch.asked).toEqual([
      'GET /behind/a/path/_all_dbs?limit=1',
      'GET /behind/a/path/_membership',
      'GET /behind/a/path/p-notes',
    ]);
  });

  test('a row that the server could not write is an error, a row that it forbids is refused', async () => {
    const store = await openCouchStore({ url: couch.url });
    const db = await store.database('notes');
    couch.answer = json(201, '[{"id":"a","error":"forbidden","reason":"no"},{"ok":true,"id":"b","rev":"1-x"}]');
    expect(await db.write([{ _id: 'a' }, { _id: 'b' }])).toMatchObject([
      { reason: 'refused', detail: 'no' },
      { ok: true },
    ]);
    couch.answer = json(201, '[{"id":"a","error":"internal_server_error","reason":"no"}]');
    await expect(db.write([{ _id: 'a' }])).rejects.toMatchObject({ transient: true });
    couch.answer = json(201, '[]');
    await expect(db.write([{ _id: 'a' }])).rejects.toMatchObject({ transient: true });
  });
});

const stopInTheMiddle: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.write('{"rows":[');
};

function breakOff(response: Parameters<RequestListener>[1]): void {
  response.setHeader('content-type', 'application/json');
  response.write('{"rows":[', () => response.destroy());
}

const couchdbUrl = process.env.COUCHDB_URL ?? '';
const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';

describe.skipIf(!couchdbUrl)(`a shared CouchDB server${reason}`, () => {
  const prefix = `test-${process.pid}-${Date.now()}-`;
  let stores: Store[];

  beforeEach(async () => {
    stores = await Promise.all(['x-', 'y-'].map((core) => openCouchStore({ url: couchdbUrl, prefix: prefix + core })));
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await deleteCouchDatabases(couchdbUrl, prefix);
  });

  test('keeps cores with different prefixes apart', async () => {
    const [x, y] = await Promise.all(stores.map((store) => store.database('notes')));
    await x?.write([{ _id: 'a' }]);
    expect(await y?.get('a')).toBeUndefined();
    await stores[0]?.database('more');
    expect(await stores[0]?.list('')).toEqual(['more', 'notes']);
    expect(await stores[1]?.list('')).toEqual(['notes']);
  });

  test('design documents of other tools are not shown, and a page is still full', async () => {
    const db = await stores[0]?.database('notes');
    await couchFetch(couchdbUrl, `${prefix}x-notes/_design/a`, { method: 'PUT', body: '{}' });
    await couchFetch(couchdbUrl, `${prefix}x-notes/_design/b`, { method: 'PUT', body: '{}' });
    await db?.write(['A', 'B', 'a', 'b'].map((_id) => ({ _id })));
    const range = async (limit: number, descending: boolean) =>
      (await db?.range({ start: '', end: 'b', limit, descending }))?.map(({ _id }) => _id).join('');
    expect([await range(3, false), await range(2, false), await range(3, true), await range(2, true)]).toEqual([
      'ABa',
      'AB',
      'aBA',
      'aB',
    ]);
    const page = await db?.changes({ since: undefined, limit: 10, waitMs: 0 });
    expect(page?.changes.map(({ id }) => id).sort()).toEqual(['A', 'B', 'a', 'b']);
  });
});
