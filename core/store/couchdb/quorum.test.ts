import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../store.ts';
import { quorumOf } from './cluster.ts';
import { type CouchStoreOptions, openCouchStore } from './open-couch-store.ts';
import { json, type PretendedCouch, pretendCouch } from './pretended-couch.fixture.ts';

let couch: PretendedCouch;

beforeEach(async () => {
  couch = await pretendCouch();
});
afterEach(() => couch.close());

async function open(options: Partial<CouchStoreOptions> = {}, name = 'notes'): Promise<Database> {
  const store = await openCouchStore({ url: couch.url, ...options });
  return store.database(name);
}

/** What was asked behind the path, since the store and the database were opened. */
const asked = (from: number): string[] => couch.asked.slice(from).map((line) => line.replace('/behind/a/path', ''));

const NEW_REV = '1-0123456789abcdef0123456789abcdef';

describe('the quorum', () => {
  test('is a majority of the copies for writing and reading, unless stated', () => {
    expect([1, 2, 3, 4, 5].map((n) => quorumOf(n, {}))).toEqual([
      { n: 1, w: 1, r: 1 },
      { n: 2, w: 2, r: 2 },
      { n: 3, w: 2, r: 2 },
      { n: 4, w: 3, r: 3 },
      { n: 5, w: 3, r: 3 },
    ]);
    expect(quorumOf(3, { w: 3, r: 1 })).toEqual({ n: 3, w: 3, r: 1 });
    expect(quorumOf(1, { w: 3, r: 2 })).toEqual({ n: 1, w: 1, r: 1 });
  });

  test('with which a read could miss a write is refused, and so is a number that is no count', async () => {
    expect(() => quorumOf(3, { w: 1 })).toThrow('w=1 and r=2 of n=3');
    couch.nodes = 3;
    await expect(open({ r: 1 })).rejects.toMatchObject({ name: 'StoreError', transient: false });
    for (const bad of [{ n: 0 }, { q: 1.5 }, { w: -1 }, { r: Number.NaN }]) {
      await expect(open(bad)).rejects.toMatchObject({ name: 'StoreError', transient: false });
    }
  });

  test('is named in every write and in every read of one document from a cluster', async () => {
    couch.nodes = 3;
    const db = await open();
    const from = couch.asked.length;
    couch.answer = json(201, `[{"ok":true,"id":"a","rev":"${NEW_REV}"}]`);
    await db.write([{ _id: 'a' }]);
    couch.answer = json(201, `{"ok":true,"id":"a/b c","rev":"${NEW_REV}"}`);
    await db.writeWithBytes({ _id: 'a/b c' }, new Uint8Array(3));
    couch.answer = json(200, `{"_id":"x_local/1","_rev":"${NEW_REV}","_attachments":{},"n":1}`);
    expect(await db.get('x_local/1')).toEqual({ _id: 'x_local/1', _rev: NEW_REV, n: 1 });
    couch.answer = json(404, '{"error":"not_found","reason":"missing"}');
    expect(await db.get('b')).toBeUndefined();
    expect(await db.bytesOf('b')).toBeUndefined();
    // No address can be made of this one; the nearest copy has to do.
    couch.answer = json(200, '{"rows":[{"key":"..","error":"not_found"}]}');
    expect(await db.get('..')).toBeUndefined();
    expect(asked(from)).toEqual([
      'POST /notes/_bulk_docs?w=2',
      'PUT /notes/a%2Fb%20c?w=2',
      'GET /notes/x_local%2F1?r=2',
      'GET /notes/b?r=2',
      'GET /notes/b/bytes?r=2',
      'POST /notes/_all_docs',
    ]);
  });

  test('is all copies where a document decides between writers, whatever was stated for the others', async () => {
    expect(quorumOf(3, { w: 2, r: 2 }, true)).toEqual({ n: 3, w: 3, r: 3 });
    couch.nodes = 3;
    const store = await openCouchStore({ url: couch.url, w: 2, r: 2 });
    const [plain, deciding] = [await store.database('notes'), await store.database('leases', { decides: true })];
    const from = couch.asked.length;
    couch.answer = json(201, `[{"ok":true,"id":"a","rev":"${NEW_REV}"}]`);
    await plain.write([{ _id: 'a' }]);
    await deciding.write([{ _id: 'a' }]);
    couch.answer = json(200, `{"_id":"a","_rev":"${NEW_REV}"}`);
    await deciding.get('a');
    couch.answer = json(202, `[{"ok":true,"id":"a","rev":"${NEW_REV}"}]`);
    await expect(deciding.write([{ _id: 'a' }])).rejects.toMatchObject({ transient: true, status: 202 });
    expect(asked(from)).toEqual([
      'POST /notes/_bulk_docs?w=2',
      'POST /leases/_bulk_docs?w=3',
      'GET /leases/a?r=3',
      'POST /leases/_bulk_docs?w=3',
    ]);
  });

  test('a database that is gone is an error, and not a document that is not there', async () => {
    couch.nodes = 3;
    const db = await open();
    couch.answer = json(404, '{"error":"not_found","reason":"Database does not exist."}');
    for (const call of [() => db.get('a'), () => db.bytesOf('a')]) {
      await expect(call()).rejects.toMatchObject({ transient: false });
    }
  });

  test('of all that can not be found only a document, or its bytes, are not there: a page of a proxy is an error', async () => {
    couch.nodes = 3;
    const db = await open();
    const reads = [() => db.get('a'), () => db.bytesOf('a')];
    for (const reason of ['missing', 'deleted', 'Document is missing attachment']) {
      couch.answer = json(404, JSON.stringify({ error: 'not_found', reason }));
      for (const read of reads) expect(await read()).toBeUndefined();
    }
    const page: RequestListener = (_request, response) => {
      response.writeHead(404, { 'content-type': 'text/html' });
      response.end('<html>No such site</html>');
    };
    for (const answer of [page, json(404, '{"message":"no Route matched with those values"}'), json(404, '')]) {
      couch.answer = answer;
      for (const read of reads) await expect(read()).rejects.toMatchObject({ name: 'CouchError', transient: true });
    }
  });

  test('a write that too few nodes have is an error that may pass, and no success', async () => {
    couch.nodes = 3;
    const db = await open();
    couch.answer = json(202, `[{"ok":true,"id":"a","rev":"${NEW_REV}"}]`);
    await expect(db.write([{ _id: 'a' }])).rejects.toMatchObject({ name: 'CouchError', transient: true, status: 202 });
    couch.answer = json(202, `{"ok":true,"id":"a","rev":"${NEW_REV}"}`);
    const bytes = new Uint8Array(3);
    await expect(db.writeWithBytes({ _id: 'a' }, bytes)).rejects.toMatchObject({ transient: true, status: 202 });
    couch.answer = json(201, `{"ok":true,"id":"a","rev":"${NEW_REV}"}`);
    expect(await db.writeWithBytes({ _id: 'a' }, bytes)).toMatchObject({ ok: true });
  });
});

describe('a database that is made', () => {
  /** The question that makes it, on a server of so many nodes that has none. */
  async function made(nodes: number, name: string, options: Partial<CouchStoreOptions> = {}): Promise<string> {
    couch.nodes = nodes;
    couch.missing.add(name);
    couch.answer = (request, response) => {
      couch.missing.delete(name);
      json(201, '{"ok":true}')(request, response);
    };
    await open(options, name);
    return asked(0).find((line) => line.startsWith('PUT')) ?? '';
  }

  test('has 2 shards, a channel 1, and 3 copies where there are 3 nodes', async () => {
    expect(await made(1, 'notes')).toBe('PUT /notes?q=2&n=1');
    couch.asked.length = 0;
    expect(await made(2, 'notes')).toBe('PUT /notes?q=2&n=1');
    couch.asked.length = 0;
    expect(await made(3, 'notes')).toBe('PUT /notes?q=2&n=3');
    couch.asked.length = 0;
    expect(await made(5, 'channel-1000110001')).toBe('PUT /channel-1000110001?q=1&n=3');
  });

  test('has what was stated, but for the shards of a channel', async () => {
    expect(await made(3, 'notes', { q: 8, n: 2 })).toBe('PUT /notes?q=8&n=2');
    couch.asked.length = 0;
    expect(await made(3, 'channel-1', { q: 8 })).toBe('PUT /channel-1?q=1&n=3');
  });
});
