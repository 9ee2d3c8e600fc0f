/** What the port promises of a changes feed that shows only some documents, and of how much of a feed is left. */
import { describe, expect, test } from 'vitest';
import { type Database, MAX_BATCH, type Selector, StoreError } from '../store.ts';
import { type GetStore, newDatabase, put } from './harness.ts';

const DONE: Selector = { field: 'state', values: ['done'] };

const select = (db: Database, selector: Selector, since?: string, limit = MAX_BATCH) =>
  db.changes({ since, limit, waitMs: 0, selector });

/** Ids of what fits, in any order. An answer may hold less than there is, and only an empty one is the end. */
async function selected(db: Database, selector: Selector): Promise<string[]> {
  const found: string[] = [];
  for (let since: string | undefined; ; ) {
    const page = await select(db, selector, since);
    if (page.changes.length === 0) return found.sort();
    found.push(...page.changes.map(({ id }) => id));
    since = page.lastSeq;
  }
}

const doc = (_id: string, state: unknown) => ({ _id, state });

export function selectingBehaviour(store: GetStore): void {
  describe('changes of documents that fit', () => {
    test('leave out the others, the deleted, and those that fitted before', async () => {
      const db = await newDatabase(store());
      const revs = await put(db, doc('a', 'done'), doc('b', 'open'), doc('c', 'done'), doc('d', 'done'), { _id: 'e' });
      await put(db, { _id: 'c', _rev: revs.get('c'), _deleted: true, ...{ state: 'done' } });
      await put(db, { _id: 'd', _rev: revs.get('d'), ...{ state: 'open' } });
      expect(await selected(db, DONE)).toEqual(['a']);
      expect(await selected(db, { field: 'state', values: ['done', 'open'] })).toEqual(['a', 'b', 'd']);
      expect(await selected(db, { field: 'other', values: ['done'] })).toEqual([]);
      const [change] = (await select(db, DONE)).changes;
      expect(change?.doc).toEqual({ _id: 'a', _rev: revs.get('a'), state: 'done' });
    });

    test('compare values as JSON has them, and nothing else', async () => {
      const db = await newDatabase(store());
      const values = [
        '1',
        1,
        true,
        0,
        false,
        null,
        'true',
        ['1'],
        { a: 1 },
        '',
        'é',
        'e\u0301',
        '["1"]',
        1.5,
        -1,
        2 ** 53,
      ];
      await put(db, ...values.map((value, i) => doc(`d${i}`, value)));
      for (const [i, value] of values.entries()) {
        if (value === null || typeof value === 'object') continue;
        expect(await selected(db, { field: 'state', values: [value] })).toEqual([`d${i}`]);
      }
      expect(await selected(db, { field: 'state', values: [1, false, 'é'] })).toEqual(['d1', 'd10', 'd4']);
    });

    test('go on behind what does not fit, however much it is, and come to its end', async () => {
      const db = await newDatabase(store());
      for (let batch = 0; batch < 3; batch += 1) {
        await put(db, ...Array.from({ length: MAX_BATCH }, (_, i) => doc(`n${batch}-${i}`, 'open')));
      }
      const none = await select(db, DONE);
      expect(none.changes).toEqual([]);
      expect(await db.pending(none.lastSeq)).toBe(0);
      await put(db, doc('y', 'done'), doc('z', 'done'));
      expect(await selected(db, DONE)).toEqual(['y', 'z']);
      expect((await select(db, DONE, none.lastSeq)).changes).toHaveLength(2);
    });

    test('in pages of one lose nothing', async () => {
      const db = await newDatabase(store());
      await put(db, ...Array.from({ length: 60 }, (_, i) => doc(`d${i}`, i % 7 === 0 ? 'done' : 'open')));
      const seen: string[] = [];
      for (let since: string | undefined; ; ) {
        const page = await select(db, DONE, since, 1);
        if (page.changes.length === 0) break;
        seen.push(...page.changes.map(({ id }) => id));
        since = page.lastSeq;
      }
      expect(seen.sort()).toEqual([0, 7, 14, 21, 28, 35, 42, 49, 56].map((i) => `d${i}`).sort());
    });

    test('a long poll sleeps on through what does not fit', async () => {
      const db = await newDatabase(store());
      const { lastSeq: since } = await select(db, DONE);
      const poll = db.changes({ since, limit: 10, waitMs: 20_000, selector: DONE });
      await put(db, doc('a', 'open'));
      await put(db, doc('b', 'open'));
      await put(db, doc('c', 'done'));
      const page = await poll;
      expect(page.changes.map(({ id }) => id)).toEqual(['c']);
      await put(db, doc('d', 'open'));
      const empty = await db.changes({ since: page.lastSeq, limit: 10, waitMs: 200, selector: DONE });
      expect(empty.changes).toEqual([]);
    });

    test('a selector that is none is refused', async () => {
      const db = await newDatabase(store());
      const bad: Selector[] = [
        { field: '', values: ['a'] },
        { field: 'a.b', values: ['a'] },
        { field: '$or', values: ['a'] },
        { field: '_id', values: ['a'] },
        { field: 'a', values: [] },
        { field: 'a', values: Array.from({ length: 101 }, (_, i) => i) },
        { field: 'a', values: ['half\ud800'] },
        { field: 'a', values: [Number.NaN] },
        { field: 'a', values: [null as unknown as string] },
      ];
      for (const selector of bad) {
        await expect(select(db, selector)).rejects.toThrow(StoreError);
        await expect(select(db, selector)).rejects.toMatchObject({ transient: false });
      }
    });
  });

  describe('pending', () => {
    test('counts the documents whose newest change is behind a seq', async () => {
      const db = await newDatabase(store());
      expect(await db.pending(undefined)).toBe(0);
      const revs = await put(db, { _id: 'a' }, { _id: 'b' }, { _id: 'c' });
      expect(await db.pending(undefined)).toBe(3);
      const { updateSeq } = await db.info();
      expect(await db.pending(updateSeq)).toBe(0);
      await put(db, { _id: 'a', _rev: revs.get('a'), n: 2 }, { _id: 'b', _rev: revs.get('b'), _deleted: true });
      expect(await db.pending(updateSeq)).toBe(2);
      expect(await db.pending(undefined)).toBe(3);
      await expect(db.pending('garbage')).rejects.toMatchObject({ name: expect.stringContaining('Error') });
    });
  });
}
