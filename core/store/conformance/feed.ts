/** What the port promises of the changes feed. */
import { describe, expect, test } from 'vitest';
import { type Change, type Changes, type Database, StoreError } from '../store.ts';
import { type GetStore, type Note, newDatabase, put } from './harness.ts';

const read = (db: Database, since?: string, limit = 1000): Promise<Changes> => db.changes({ since, limit, waitMs: 0 });

const changed = (page: Changes): string[] => page.changes.map(({ id }) => id).sort();

async function elapsed<T>(work: Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const start = performance.now();
  const value = await work;
  return { ms: performance.now() - start, value };
}

export function feedBehaviour(store: GetStore): void {
  describe('changes', () => {
    test('show each document once, at its newest, with its content', async () => {
      const db = await newDatabase(store());
      const first = await put(db, { _id: 'a', n: 1 }, { _id: 'b', n: 1 }, { _id: 'c', n: 1 });
      const second = await put(db, { _id: 'a', _rev: first.get('a') ?? '', n: 2 });
      const gone = await put(db, { _id: 'b', _rev: first.get('b') ?? '', _deleted: true });
      const { changes } = await read(db);
      expect(changes).toHaveLength(3);
      const byId = new Map(changes.map((change) => [change.id, change]));
      expect(byId.get('a')).toMatchObject({ deleted: false, doc: { _id: 'a', _rev: second.get('a'), n: 2 } });
      expect(byId.get('b')).toMatchObject({ deleted: true, doc: { _id: 'b', _rev: gone.get('b'), _deleted: true } });
      expect(byId.get('c')).toMatchObject({ deleted: false, doc: { _id: 'c', _rev: first.get('c'), n: 1 } });
      for (const { seq } of changes) expect(seq).toEqual(expect.any(String));
    });

    test('go on from where they stopped', async () => {
      const db = await newDatabase(store());
      expect((await read(db)).changes).toEqual([]);
      await put(db, { _id: 'a' }, { _id: 'b' });
      const start = await read(db);
      expect(changed(start)).toEqual(['a', 'b']);
      expect((await read(db, start.lastSeq)).changes).toEqual([]);
      const revs = await put(db, { _id: 'c' });
      expect(changed(await read(db, start.lastSeq))).toEqual(['c']);
      expect(changed(await read(db, (await db.info()).updateSeq))).toEqual([]);
      const later = await read(db, start.lastSeq);
      await put(db, { _id: 'c', _rev: revs.get('c') ?? '', n: 2 });
      expect(changed(await read(db, later.changes.at(-1)?.seq))).toEqual(['c']);
      expect(changed(await read(db, start.lastSeq))).toEqual(['c']);
    });

    test('paged in small steps while writes go on, lose nothing', async () => {
      const db = await newDatabase(store());
      const newest = new Map<string, string>();
      const writer = async (w: number): Promise<void> => {
        for (let round = 0; round < 12; round += 1) {
          const docs = Array.from({ length: 9 }, (_, i): Note => {
            const _id = `w${w}-${(round * 5 + i) % 23}`;
            const rev = newest.get(_id);
            return rev === undefined ? { _id, n: round } : { _id, _rev: rev, n: round };
          });
          for (const [id, rev] of await put(db, ...docs)) newest.set(id, rev);
        }
      };
      const writing = Promise.all([writer(0), writer(1)]).then(() => true);
      const seen = new Map<string, string>();
      let since: string | undefined;
      for (let done = false; ; ) {
        const finished = done;
        const page = await db.changes({ since, limit: 7, waitMs: done ? 0 : 20 });
        for (const { id, doc } of page.changes) seen.set(id, doc._rev);
        since = page.lastSeq;
        if (finished && page.changes.length === 0) break;
        done = await Promise.race([writing, Promise.resolve(done)]);
      }
      expect(seen).toEqual(newest);
    });

    test('a long poll wakes on a write', async () => {
      const db = await newDatabase(store());
      await put(db, { _id: 'a' });
      const since = (await read(db)).lastSeq;
      const poll = elapsed(db.changes({ since, limit: 10, waitMs: 20_000 }));
      await new Promise((resolve) => setTimeout(resolve, 200));
      await put(db, { _id: 'b' });
      const { ms, value } = await poll;
      expect(value.changes.map(({ id }) => id)).toEqual(['b']);
      expect(ms).toBeLessThan(1200);
    });

    test('a long poll answers at once when there is something, and empty when its time is over', async () => {
      const db = await newDatabase(store());
      await put(db, { _id: 'a' });
      const first = await elapsed(db.changes({ since: undefined, limit: 10, waitMs: 20_000 }));
      expect(first.value.changes).toHaveLength(1);
      expect(first.ms).toBeLessThan(1000);
      const { ms, value } = await elapsed(db.changes({ since: first.value.lastSeq, limit: 10, waitMs: 400 }));
      expect(value.changes).toEqual([]);
      expect(ms).toBeGreaterThan(390);
      expect(ms).toBeLessThan(2000);
      await put(db, { _id: 'b' });
      expect(changed(await read(db, value.lastSeq))).toEqual(['b']);
    });

    test('an abort ends a long poll with its reason, before and while it waits', async () => {
      const db = await newDatabase(store());
      const poll = (signal: AbortSignal) =>
        elapsed(db.changes({ since: undefined, limit: 10, waitMs: 20_000, signal }).catch((error: unknown) => error));
      const reason = new Error('stop');
      expect((await poll(AbortSignal.abort(reason))).value).toBe(reason);
      const stop = new AbortController();
      setTimeout(() => stop.abort(reason), 100);
      const { ms, value } = await poll(stop.signal);
      expect(value).toBe(reason);
      expect(ms).toBeLessThan(1000);
    });

    test('many polls of one database wake together', async () => {
      const db = await newDatabase(store());
      const polls = Array.from({ length: 30 }, () => db.changes({ since: undefined, limit: 10, waitMs: 20_000 }));
      await new Promise((resolve) => setTimeout(resolve, 100));
      await put(db, { _id: 'a' });
      const pages = await Promise.all(polls);
      expect(pages.flatMap((page) => page.changes.map(({ id }: Change) => id))).toEqual(polls.map(() => 'a'));
    });

    test('a seq that is none, a wait that is none and a limit that is none are refused', async () => {
      const db = await newDatabase(store());
      for (const query of [
        { since: 'garbage', limit: 1, waitMs: 0 },
        { since: undefined, limit: 0, waitMs: 0 },
        { since: undefined, limit: 1, waitMs: -1 },
        { since: undefined, limit: 1, waitMs: Number.NaN },
      ]) {
        await expect(db.changes(query)).rejects.toThrow(StoreError);
        await expect(db.changes(query)).rejects.toMatchObject({ transient: false });
      }
    });
  });
}
