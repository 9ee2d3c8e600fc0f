/** What the port promises of ranges and of the order of ids. */
import { describe, expect, test } from 'vitest';
import { type Database, StoreError } from '../store.ts';
import { byCodePoint, type GetStore, ids, newDatabase, put, STRANGE_IDS } from './harness.ts';

const END = '\u{10ffff}';

export function rangeBehaviour(store: GetStore): void {
  describe('ranges', () => {
    test('begin with start and stop before end, in both directions', async () => {
      const db = await newDatabase(store());
      await put(db, ...['a', 'b', 'c', 'd', 'e'].map((_id) => ({ _id })));
      const range = async (start: string, end: string, limit = 10, descending = false) =>
        ids(await db.range({ start, end, limit, descending })).join('');
      expect(await range('b', 'd')).toBe('bc');
      expect(await range('b', 'd', 10, true)).toBe('cb');
      expect(await range('a1', 'd1', 10, true)).toBe('dcb');
      expect(await range('', END, 2)).toBe('ab');
      expect(await range('', END, 2, true)).toBe('ed');
      expect(await range('', 'e', 1, true)).toBe('d');
      expect(await range('c', 'c')).toBe('');
      expect(await range('d', 'b')).toBe('');
      expect(await range('d', 'b', 10, true)).toBe('');
    });

    test('leave deleted documents out and still fill the limit', async () => {
      const db = await newDatabase(store());
      const revs = await put(db, ...['a', 'b', 'c', 'd'].map((_id) => ({ _id })));
      await put(db, { _id: 'b', _rev: revs.get('b') ?? '', _deleted: true });
      expect(ids(await db.range({ start: 'a', end: END, limit: 2 }))).toEqual(['a', 'c']);
      expect(ids(await db.range({ start: 'a', end: 'd', limit: 2, descending: true }))).toEqual(['c', 'a']);
    });

    test('ids are in the order of code points', async () => {
      const db = await newDatabase(store());
      await put(db, ...STRANGE_IDS.map((_id) => ({ _id })));
      const sorted = STRANGE_IDS.toSorted(byCodePoint);
      expect(ids(await db.range({ start: '', end: END, limit: 100 }))).toEqual(sorted);
      expect(ids(await db.range({ start: '', end: END, limit: 100, descending: true }))).toEqual(sorted.toReversed());
      for (const [at, id] of sorted.entries()) {
        expect(ids(await db.range({ start: id, end: END, limit: 100 }))).toEqual(sorted.slice(at));
        expect(ids(await db.range({ start: '', end: id, limit: 100 }))).toEqual(sorted.slice(0, at));
      }
    });

    test('paging meets every document once, up and down', async () => {
      const db = await newDatabase(store());
      await put(db, ...STRANGE_IDS.map((_id) => ({ _id })));
      const sorted = STRANGE_IDS.toSorted(byCodePoint);
      expect(await pageUp(db, 5)).toEqual(sorted);
      expect(await pageDown(db, 5)).toEqual(sorted.toReversed());
    });

    test('a limit outside 1 to MAX_BATCH and a bound that is not text are refused', async () => {
      const db = await newDatabase(store());
      for (const limit of [0, -1, 1.5, 1001, Number.NaN]) {
        await expect(db.range({ start: '', end: 'z', limit })).rejects.toThrow(StoreError);
      }
      await expect(db.range({ start: '\ud800', end: 'z', limit: 1 })).rejects.toThrow(StoreError);
    });
  });
}

async function pageUp(db: Database, limit: number): Promise<string[]> {
  const seen: string[] = [];
  for (let start = ''; ; start = `${seen.at(-1)}\u0000`) {
    const page = await db.range({ start, end: END, limit });
    seen.push(...ids(page));
    if (page.length < limit) return seen;
  }
}

async function pageDown(db: Database, limit: number): Promise<string[]> {
  const seen: string[] = [];
  for (let end = END; ; end = seen.at(-1) ?? '') {
    const page = await db.range({ start: '', end, limit, descending: true });
    seen.push(...ids(page));
    if (page.length < limit) return seen;
  }
}
