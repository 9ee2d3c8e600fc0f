/** What the port promises of writing and of reading single documents. */
import { describe, expect, test } from 'vitest';
import { type Doc, MAX_BATCH, MAX_DOC_BYTES, StoreError, type WriteResult } from '../store.ts';
import {
  amongWriters,
  type GetStore,
  ids,
  LONG_IDS,
  mustGet,
  type Note,
  newDatabase,
  outcomes,
  put,
  revOf,
  STRANGE_IDS,
} from './harness.ts';

function one(results: readonly WriteResult[]): WriteResult {
  const [result] = results;
  if (result === undefined || results.length > 1) throw new Error('Not one result.');
  return result;
}

export function writingBehaviour(store: GetStore): void {
  describe('writing', () => {
    test('a new document is written and read back with its revision', async () => {
      const db = await newDatabase(store());
      const [result] = await db.write([{ _id: 'a', text: 'hello' } as Note]);
      expect(result).toEqual({ ok: true, id: 'a', rev: expect.stringMatching(/^1-[0-9a-f]{32}$/) });
      expect(await db.get('a')).toEqual({ _id: 'a', _rev: revOf(result), text: 'hello' });
      expect(await db.get('b')).toBeUndefined();
    });

    test('a document is replaced by naming its revision and by nothing else', async () => {
      const db = await newDatabase(store());
      const first = (await put(db, { _id: 'a', n: 1 })).get('a') ?? '';
      const second = (await put(db, { _id: 'a', _rev: first, n: 2 })).get('a') ?? '';
      expect(outcomes(await db.write([{ _id: 'a', n: 3 } as Note]))).toEqual(['conflict']);
      expect(outcomes(await db.write([{ _id: 'a', _rev: first, n: 3 } as Note]))).toEqual(['conflict']);
      expect(outcomes(await db.write([{ _id: 'a', _rev: first, n: 2 } as Note]))).toEqual(['conflict']);
      expect(await db.get('a')).toEqual({ _id: 'a', _rev: second, n: 2 });
    });

    test('a deleted document is gone, and can be written again as a new one', async () => {
      const db = await newDatabase(store());
      const rev = (await put(db, { _id: 'a', n: 1 })).get('a') ?? '';
      expect(outcomes(await db.write([{ _id: 'a', _deleted: true }]))).toEqual(['conflict']);
      const gone = (await put(db, { _id: 'a', _rev: rev, _deleted: true })).get('a') ?? '';
      expect(await db.get('a')).toBeUndefined();
      expect(await db.getMany(['a'])).toEqual([]);
      expect(outcomes(await db.write([{ _id: 'a', _deleted: true }]))).toEqual(['conflict']);
      expect(outcomes(await db.write([{ _id: 'a', _rev: rev, n: 2 } as Note]))).toEqual(['conflict']);
      expect(outcomes(await db.write([{ _id: 'a', _rev: gone, n: 2 } as Note]))).toEqual(['conflict']);
      expect(outcomes(await db.write([{ _id: 'a', _rev: gone, _deleted: true } as Note]))).toEqual(['conflict']);
      await put(db, { _id: 'a', n: 3 });
      expect(await mustGet(db, 'a')).toMatchObject({ _id: 'a', n: 3 });
    });

    test('in a batch some are conflicts and the rest are written, each with its result in its place', async () => {
      const db = await newDatabase(store());
      await put(db, { _id: 'b', n: 1 }, { _id: 'd', n: 1 });
      const results = await db.write(['a', 'b', 'c', 'd', 'e'].map((_id) => ({ _id, n: 2 })));
      expect(results.map((result) => result.id)).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(outcomes(results)).toEqual(['ok', 'conflict', 'ok', 'conflict', 'ok']);
      const found = await db.getMany<Note>(['a', 'b', 'c', 'd', 'e']);
      expect(new Map(found.map((doc) => [doc._id, doc.n]))).toEqual(
        new Map(Object.entries({ a: 2, b: 1, c: 2, d: 1, e: 2 })),
      );
    });

    test('of two documents with one id in a batch the first is written', async () => {
      const db = await newDatabase(store());
      const twice = [1, 2].map((n) => ({ _id: 'a', n }));
      expect(outcomes(await db.write([...twice, { _id: 'b' }]))).toEqual(['ok', 'conflict', 'ok']);
      expect(await mustGet(db, 'a')).toMatchObject({ n: 1 });
    });

    test('two writers of one document: exactly one wins', async () => {
      const db = await newDatabase(store());
      const rev = (await put(db, { _id: 'a', n: 0 })).get('a') ?? '';
      for (const docs of [
        Array.from({ length: 8 }, (_, n) => ({ _id: 'a', _rev: rev, n: n + 1 })),
        Array.from({ length: 8 }, () => ({ _id: 'new', text: 'the same' })),
      ]) {
        const results = await amongWriters(docs.map(async (doc) => one(await db.write([doc]))));
        expect(outcomes(results).filter((outcome) => outcome === 'ok')).toHaveLength(1);
        const winner = results.find((result) => result.ok);
        expect((await mustGet(db, docs[0]?._id ?? ''))._rev).toBe(revOf(winner));
      }
    });

    test('a document at the size limit is written, one byte more is refused, and the rest is written', async () => {
      const db = await newDatabase(store());
      const frame = Buffer.byteLength(JSON.stringify({ _id: 'full', text: '' }));
      // Two bytes each in UTF-8, one in UTF-16: the limit counts what is sent.
      const text = 'é'.repeat(Math.floor((MAX_DOC_BYTES - frame) / 2)).padEnd((MAX_DOC_BYTES - frame + 1) >> 1, 'x');
      const full = { _id: 'full', text };
      const results = await db.write([{ _id: 'a' }, { _id: 'over', text: `${text}xx` } as Note, full, { _id: 'z' }]);
      expect(outcomes(results)).toEqual(['ok', 'refused', 'ok', 'ok']);
      // Replacing it must not fail for the sake of the revision that it now carries.
      expect(outcomes(await db.write([await mustGet(db, 'full')]))).toEqual(['ok']);
      expect(await db.get('over')).toBeUndefined();
    });

    test('a batch larger than one request can carry is written whole', async () => {
      const db = await newDatabase(store());
      const docs = Array.from({ length: 9 }, (_, i) => ({ _id: `big${i}`, text: 'x'.repeat(1_000_000) }));
      expect(new Set(outcomes(await db.write(docs)))).toEqual(new Set(['ok']));
      expect((await db.info()).docCount).toBe(9);
    });

    test('what no store could keep is refused by itself, and the rest is written', async () => {
      const db = await newDatabase(store());
      const cycle: Record<string, unknown> = { _id: 'cycle' };
      cycle.self = cycle;
      const bad: unknown[] = [
        { _id: '' },
        { _id: '_design/x' },
        { _id: '_local/x' },
        { _id: 'half\ud800' },
        {},
        null,
        ['array'],
        cycle,
        { _id: 'big', n: 1n },
        { _id: 'field', _attachments: {} },
        { _id: 'half', text: 'x\udc00' },
        { _id: 'key', deep: [{ 'k\ud800': 1 }] },
        { _id: 'rev', _rev: 'nonsense' },
        JSON.parse('{"_id":"proto","deep":{"__proto__":1}}'),
      ];
      const results = await db.write([{ _id: 'first' }, ...(bad as Doc[]), { _id: 'last' }]);
      expect(outcomes(results)).toEqual(['ok', ...bad.map(() => 'refused'), 'ok']);
      expect((await db.info()).docCount).toBe(2);
    });

    test('content comes back as it was', async () => {
      const db = await newDatabase(store());
      const content = {
        '': 'empty key',
        strange: STRANGE_IDS,
        escaped: '\\ud800 is text here, and so is "__proto__"',
        nested: { list: [null, true, false, 0, -1.5, 1e-7, 1e21, 2 ** 53, 1.7976931348623157e308], deep: { a: {} } },
        lost: undefined,
      };
      await put(db, { _id: 'a', ...content });
      const { _id, _rev, ...found } = await mustGet(db, 'a');
      expect(found).toEqual(JSON.parse(JSON.stringify(content)));
    });

    test('a `_rev` of undefined and a `_deleted` of false are as good as none', async () => {
      const db = await newDatabase(store());
      const rev = (await put(db, { _id: 'a', _rev: undefined, _deleted: false, n: 1 })).get('a');
      expect(await db.get('a')).toEqual({ _id: 'a', _rev: rev, n: 1 });
      await put(db, { _id: 'a', _rev: rev, _deleted: false, n: 2 });
      expect((await mustGet(db, 'a')).n).toBe(2);
    });

    test('the documents given are not changed', async () => {
      const db = await newDatabase(store());
      const doc = Object.freeze({ _id: 'a', nested: Object.freeze({ n: 1 }) });
      await db.write([doc]);
      expect(doc).toEqual({ _id: 'a', nested: { n: 1 } });
    });
  });

  describe('reading by id', () => {
    test('many: missing and deleted ids are left out, duplicate ids come once', async () => {
      const db = await newDatabase(store());
      const revs = await put(db, { _id: 'a' }, { _id: 'b' }, { _id: 'c' }, { _id: 'd' });
      await put(db, { _id: 'c', _rev: revs.get('c') ?? '', _deleted: true });
      expect(ids(await db.getMany(['d', 'nope', 'a', 'b', 'a', 'c', 'd'])).sort()).toEqual(['a', 'b', 'd']);
      expect(await db.getMany([])).toEqual([]);
      expect(await db.write([])).toEqual([]);
    });

    test('strange ids are ids like any other, and no two of them are the same', async () => {
      const db = await newDatabase(store());
      const all = [...STRANGE_IDS, ...LONG_IDS];
      const revs = await put(db, ...all.map((_id) => ({ _id, text: _id })));
      for (const id of all) expect(await mustGet(db, id)).toEqual({ _id: id, _rev: revs.get(id), text: id });
      expect(await db.getMany(all)).toHaveLength(new Set(all).size);
      const { changes } = await db.changes({ since: undefined, limit: MAX_BATCH, waitMs: 0 });
      expect(new Set(changes.map(({ id }) => id))).toEqual(new Set(all));
      const deletions = all.map((_id) => ({ _id, _rev: revs.get(_id), _deleted: true }));
      expect(new Set(outcomes(await db.write(deletions)))).toEqual(new Set(['ok']));
      for (const id of all) expect(await db.get(id)).toBeUndefined();
    });

    test('full batches are taken, larger ones and impossible ids are refused', async () => {
      const db = await newDatabase(store());
      const docs = Array.from({ length: MAX_BATCH + 1 }, (_, i) => ({ _id: `d${i}` }));
      expect(new Set(outcomes(await db.write(docs.slice(1))))).toEqual(new Set(['ok']));
      expect(await db.getMany(ids(docs.slice(1)))).toHaveLength(MAX_BATCH);
      const misuses = [() => db.write(docs), () => db.getMany(ids(docs)), () => db.get(''), () => db.get('_design/x')];
      for (const misuse of misuses) {
        await expect(misuse()).rejects.toThrow(StoreError);
        await expect(misuse()).rejects.toMatchObject({ transient: false });
      }
    });
  });
}
