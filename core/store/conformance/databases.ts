/** What the port promises of the store as a whole. */
import { describe, expect, test } from 'vitest';
import { StoreError } from '../store.ts';
import { type GetStore, type Harness, newDatabase, put } from './harness.ts';

export function databaseBehaviour(store: GetStore, harness: Harness): void {
  describe('databases', () => {
    test('are made when they are missing, also when many ask at once', async () => {
      const opened = await Promise.all(Array.from({ length: 20 }, () => store().database('together')));
      await Promise.all(opened.map((db, i) => put(db, { _id: `d${i}` })));
      expect(new Set(opened).size).toBe(1);
      expect((await opened[0]?.info())?.docCount).toBe(20);
    });

    test('count their documents without the deleted ones', async () => {
      const db = await newDatabase(store());
      expect(await db.info()).toMatchObject({ name: db.name, docCount: 0 });
      const revs = await put(db, { _id: 'a' }, { _id: 'b' });
      expect((await db.info()).docCount).toBe(2);
      await put(db, { _id: 'a', _rev: revs.get('a') ?? '', _deleted: true });
      expect((await db.info()).docCount).toBe(1);
    });

    test('are listed by prefix, in order', async () => {
      for (const name of ['channel-2', 'channel-10', 'channel-1', 'chan', 'other_x']) await store().database(name);
      expect(await store().list('channel-')).toEqual(['channel-1', 'channel-10', 'channel-2']);
      expect(await store().list('chan')).toEqual(['chan', 'channel-1', 'channel-10', 'channel-2']);
      expect(await store().list('nothing')).toEqual([]);
      expect(await store().list('')).toEqual(expect.arrayContaining(['chan', 'other_x']));
    });

    test('keep apart what is written to them', async () => {
      const [one, two] = [await newDatabase(store()), await newDatabase(store())];
      await put(one, { _id: 'a', n: 1 });
      expect(await two.get('a')).toBeUndefined();
      expect((await two.changes({ since: undefined, limit: 1, waitMs: 0 })).changes).toEqual([]);
    });

    test('have names of one form only', async () => {
      const bad = ['', 'A', '1a', '_users', 'a/b', '../a', 'a.b', 'a b', 'ä', 'a\n', 'a'.repeat(65), 'a+b', 'a$'];
      for (const name of bad) {
        await expect(store().database(name)).rejects.toThrow(StoreError);
        await expect(store().database(name)).rejects.toMatchObject({ transient: false });
      }
      expect((await store().database('a'.repeat(64))).name).toHaveLength(64);
    });

    test('a closed store ends its long polls and refuses every call', async () => {
      const { store: own, dispose } = await harness.open();
      try {
        const db = await newDatabase(own);
        const poll = db.changes({ since: undefined, limit: 1, waitMs: 20_000 }).catch((error: unknown) => error);
        const write = put(db, { _id: 'a' });
        await Promise.all([own.close(), own.close()]);
        await own.close();
        await expect(write).resolves.toBeInstanceOf(Map);
        const ended = await poll;
        if (!(ended instanceof StoreError)) expect(ended).toMatchObject({ changes: [{ id: 'a' }] });
        for (const call of [
          () => db.get('a'),
          () => db.write([{ _id: 'b' }]),
          () => own.list(''),
          () => own.database('x'),
        ]) {
          await expect(call()).rejects.toThrow('closed');
        }
      } finally {
        await dispose();
      }
    });
  });
}
