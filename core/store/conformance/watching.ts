/** What the port promises of being told where something was written. */
import { describe, expect, test } from 'vitest';
import { type Database, StoreError } from '../store.ts';
import { type GetStore, type Harness, newDatabase, put } from './harness.ts';

/** Long enough for news that come late, short enough for a test that waits in vain. */
const PATIENCE_MS = 5000;

/** Collects names, and waits for some. */
function listener() {
  const told: string[] = [];
  let heard = (): void => undefined;
  const written = (name: string): void => {
    told.push(name);
    heard();
  };
  const hears = async (name: string): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS;
    while (!told.includes(name)) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`${name} was not told within ${PATIENCE_MS} ms.`);
      await new Promise<void>((resolve) => {
        heard = resolve;
        setTimeout(resolve, leftMs);
      });
    }
  };
  return { told, written, hears };
}

const write = (db: Database, _id: string): Promise<unknown> => put(db, { _id });

export function watchingBehaviour(store: GetStore, harness: Harness): void {
  describe('a watch', () => {
    test('tells each database with the prefix in which something was written, and no other', async () => {
      const names = ['watched-1', 'watched-2', 'unwatched'];
      const [one, two, other] = await Promise.all(names.map((name) => store().database(name)));
      if (!one || !two || !other) throw new Error('unexpected');
      const { told, written, hears } = listener();
      const end = await store().watch('watched-', written);
      await write(other, 'a');
      await write(one, 'a');
      await hears('watched-1');
      await two.writeWithBytes({ _id: 'a' }, new Uint8Array(3));
      await hears('watched-2');
      const late = await store().database('watched-3');
      await write(late, 'a');
      await hears('watched-3');
      expect(new Set(told)).toEqual(new Set(['watched-1', 'watched-2', 'watched-3']));
      await end();
    });

    test('that was ended tells nothing more, and others go on', async () => {
      const db = await newDatabase(store());
      const [ended, going] = [listener(), listener()];
      const end = await store().watch('t', ended.written);
      const endLater = await store().watch(db.name, going.written);
      await end();
      const before = ended.told.length;
      await write(db, 'a');
      await going.hears(db.name);
      expect(ended.told).toHaveLength(before);
      await Promise.all([end(), endLater()]);
    });

    test('whose listener throws fails no write, and the error is told to the one who asked for it', async () => {
      const db = await newDatabase(store());
      const others = listener();
      const told = Promise.withResolvers<unknown>();
      const ends = [
        await store().watch(
          db.name,
          () => {
            throw new Error('can not listen');
          },
          told.resolve,
        ),
        await store().watch(db.name, () => {
          throw new Error('not told to anybody');
        }),
        await store().watch(db.name, others.written),
      ];
      await write(db, 'a');
      await others.hears(db.name);
      expect(await told.promise).toEqual(new Error('can not listen'));
      for (const end of ends) await end();
    });

    test('does not keep a store from closing, and a closed store begins none', async () => {
      const { store: own, dispose } = await harness.open();
      try {
        const end = await own.watch('', () => undefined);
        await own.close();
        await end();
        await expect(own.watch('', () => undefined)).rejects.toThrow(StoreError);
      } finally {
        await dispose();
      }
    });
  });
}
