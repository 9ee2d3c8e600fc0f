/** A consumer of a changes feed as the core has them: read a batch, carry it out, and only then write down how far. */
import { type Database, type Doc, type Store, StoreError } from '../store.ts';

/** Counts up with each write. */
export interface Counter extends Doc {
  readonly n: number;
}

/** What was carried out for a counter, in this order. */
export interface Effect extends Doc {
  readonly seen: readonly number[];
}

interface Checkpoint extends Doc {
  readonly since: string;
}

const CHECKPOINT = 'checkpoint';
const BATCH = 7;

/** Follows `counters` from the checkpoint; ends when there is nothing new for `waitMs`. */
export async function follow(store: Store, waitMs: number): Promise<void> {
  const [counters, effects] = await Promise.all(['counters', 'effects'].map((name) => store.database(name)));
  if (counters === undefined || effects === undefined) throw new Error('unexpected');
  for (;;) {
    const checkpoint = await effects.get<Checkpoint>(CHECKPOINT);
    const { changes, lastSeq } = await counters.changes({ since: checkpoint?.since, limit: BATCH, waitMs });
    for (const { id, doc } of changes) await carryOut(effects, id, (doc as Doc as Counter).n);
    await mustWrite(effects, { ...checkpoint, _id: CHECKPOINT, since: lastSeq });
    if (changes.length === 0) return;
  }
}

async function carryOut(effects: Database, id: string, n: number): Promise<void> {
  const before = await effects.get<Effect>(id);
  await mustWrite(effects, { ...before, _id: id, seen: [...(before?.seen ?? []), n] });
}

export async function mustWrite(db: Database, doc: Doc & Readonly<Record<string, unknown>>): Promise<void> {
  const [result] = await db.write([doc]);
  if (!result?.ok) throw new StoreError(`${doc._id} was not written: ${result?.reason}`, { transient: false });
}
