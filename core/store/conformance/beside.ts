/** What the port promises of bytes that lie beside a document. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Database, type Doc, MAX_BYTES_BESIDE, StoreError } from '../store.ts';
import {
  amongWriters,
  type GetStore,
  mustGet,
  type Note,
  newDatabase,
  outcomes,
  put,
  revOf,
  STRANGE_IDS,
} from './harness.ts';

const EVERY_BYTE = Uint8Array.from({ length: 3 * 256 }, (_, i) => (i < 256 ? i : (i * i) % 256));

async function putBytes(db: Database, doc: Note, bytes: Uint8Array): Promise<string> {
  return revOf(await db.writeWithBytes(doc, bytes));
}

/** Compared as a whole: a difference of megabytes would take the test runner minutes to show. */
async function mustLieBeside(db: Database, id: string, bytes: Uint8Array): Promise<void> {
  const found = await db.bytesOf(id);
  expect(found?.byteLength).toBe(bytes.byteLength);
  expect(Buffer.compare(found ?? new Uint8Array(), bytes)).toBe(0);
}

export function besideBehaviour(store: GetStore): void {
  describe('bytes beside a document', () => {
    test('come back as they were, and no reading of documents shows them', async () => {
      const db = await newDatabase(store());
      const rev = await putBytes(db, { _id: 'a', n: 1 }, EVERY_BYTE);
      await mustLieBeside(db, 'a', EVERY_BYTE);
      const doc = { _id: 'a', _rev: rev, n: 1 };
      expect(await db.get('a')).toEqual(doc);
      expect(await db.getMany(['a'])).toEqual([doc]);
      expect(await db.range({ start: '', end: '\u{10ffff}', limit: 10 })).toEqual([doc]);
      const { changes } = await db.changes({ since: undefined, limit: 10, waitMs: 0 });
      expect(changes).toEqual([{ id: 'a', seq: expect.any(String), deleted: false, doc }]);
    });

    test('none lie beside a document that was written without, a deleted one, or none', async () => {
      const db = await newDatabase(store());
      await put(db, { _id: 'plain' });
      const rev = await putBytes(db, { _id: 'gone' }, EVERY_BYTE);
      await put(db, { _id: 'gone', _rev: rev, _deleted: true });
      for (const id of ['plain', 'gone', 'never', '.', '..']) expect(await db.bytesOf(id)).toBeUndefined();
      for (const id of ['', '_design/x', 'half\ud800']) {
        await expect(db.bytesOf(id)).rejects.toMatchObject({ name: 'StoreError', transient: false });
      }
    });

    test('go when the document is written without them, and change when it is written with others', async () => {
      const db = await newDatabase(store());
      let rev = await putBytes(db, { _id: 'a' }, EVERY_BYTE);
      const others = randomBytes(70_000);
      rev = await putBytes(db, { _id: 'a', _rev: rev, n: 2 }, others);
      await mustLieBeside(db, 'a', others);
      expect(await mustGet(db, 'a')).toEqual({ _id: 'a', _rev: rev, n: 2 });
      await put(db, await mustGet(db, 'a'));
      expect(await db.bytesOf('a')).toBeUndefined();
    });

    test('that are the same beside two documents stay beside one when they go from the other', async () => {
      const db = await newDatabase(store());
      const rev = await putBytes(db, { _id: 'a' }, EVERY_BYTE);
      await putBytes(db, { _id: 'b' }, EVERY_BYTE);
      await put(db, { _id: 'a', _rev: rev, _deleted: true });
      await mustLieBeside(db, 'b', EVERY_BYTE);
    });

    test('a conflict changes neither the document nor its bytes', async () => {
      const db = await newDatabase(store());
      const first = await putBytes(db, { _id: 'a', n: 1 }, EVERY_BYTE);
      const second = await putBytes(db, { _id: 'a', _rev: first, n: 2 }, EVERY_BYTE.toReversed());
      for (const doc of [
        { _id: 'a', n: 3 },
        { _id: 'a', _rev: first, n: 3 },
      ]) {
        const bytes = randomBytes(MAX_BYTES_BESIDE);
        expect(await db.writeWithBytes(doc, bytes)).toMatchObject({ ok: false, id: 'a', reason: 'conflict' });
      }
      expect(await mustGet(db, 'a')).toEqual({ _id: 'a', _rev: second, n: 2 });
      await mustLieBeside(db, 'a', EVERY_BYTE.toReversed());
    });

    test('of two writers at once exactly one wins, and its bytes lie beside its document', async () => {
      const db = await newDatabase(store());
      const writers = Array.from({ length: 6 }, (_, n) => ({ doc: { _id: 'a', n }, bytes: randomBytes(10_000 + n) }));
      const results = await amongWriters(writers.map(({ doc, bytes }) => db.writeWithBytes(doc, bytes)));
      expect(outcomes(results).filter((outcome) => outcome === 'ok')).toHaveLength(1);
      const winner = writers[(await mustGet(db, 'a')).n ?? -1];
      await mustLieBeside(db, 'a', winner?.bytes ?? new Uint8Array());
    });

    test('as many as may be are taken, also none at all; one more is refused', async () => {
      const db = await newDatabase(store());
      const most = randomBytes(MAX_BYTES_BESIDE);
      await putBytes(db, { _id: 'most' }, most);
      await mustLieBeside(db, 'most', most);
      await putBytes(db, { _id: 'none' }, new Uint8Array());
      await mustLieBeside(db, 'none', new Uint8Array());
      const over = await db.writeWithBytes({ _id: 'over' }, new Uint8Array(MAX_BYTES_BESIDE + 1));
      expect(over).toMatchObject({
        ok: false,
        id: 'over',
        reason: 'refused',
        detail: expect.stringContaining('4194304'),
      });
      expect(await db.get('over')).toBeUndefined();
    });

    test('what no store could keep is refused', async () => {
      const db = await newDatabase(store());
      const refused: unknown[] = [
        { _id: '' },
        { _id: '_design/x' },
        { _id: 'field', _attachments: {} },
        { _id: 'gone', _deleted: true },
        { _id: 'rev', _rev: 'nonsense' },
        { _id: 'large', text: 'x'.repeat(1024 * 1024) },
        { _id: '..' },
        { _id: '中'.repeat(1000) },
        null,
      ];
      for (const doc of refused) {
        expect(await db.writeWithBytes(doc as Doc, EVERY_BYTE)).toMatchObject({ ok: false, reason: 'refused' });
      }
      expect((await db.info()).docCount).toBe(0);
    });

    test('lie beside documents with strange ids and strange content', async () => {
      const db = await newDatabase(store());
      const ids = STRANGE_IDS.filter((id) => id !== '.' && id !== '..');
      for (const [i, id] of ids.entries()) {
        const text = `\r\n--boundary\r\n${id}`;
        await putBytes(db, { _id: id, text }, Buffer.from(`${i}`));
        expect(await mustGet(db, id)).toMatchObject({ _id: id, text });
      }
      for (const [i, id] of ids.entries()) await mustLieBeside(db, id, Buffer.from(`${i}`));
    });

    test('a write with bytes is a change like any other', async () => {
      const db = await newDatabase(store());
      const poll = db.changes({ since: undefined, limit: 10, waitMs: 20_000 });
      await putBytes(db, { _id: 'a' }, EVERY_BYTE);
      expect((await poll).changes.map(({ id }) => id)).toEqual(['a']);
      await expect(db.bytesOf('_x')).rejects.toThrow(StoreError);
    });
  });
}
