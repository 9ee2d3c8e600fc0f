import { type Database, type Doc, MAX_BATCH, type Stored } from './store.ts';

/** The ids of registrations: RIDs are digits, and ":" is the character behind "9". */
export const EVERY_RID = { start: '0', end: ':' } as const;

/** The documents from `start` up to, not including, `end`, a bounded page at a time; never an empty one. */
export async function* pages<T extends Doc>(
  db: Database,
  { start, end }: { readonly start: string; readonly end: string },
): AsyncGenerator<readonly Stored<T>[]> {
  for (let from = start; ; ) {
    const page = await db.range<T>({ start: from, end, limit: MAX_BATCH });
    const last = page.at(-1);
    if (!last) return;
    yield page;
    if (page.length < MAX_BATCH) return;
    from = `${last._id}\u0000`;
  }
}
