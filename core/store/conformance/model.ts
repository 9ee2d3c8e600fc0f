/** A random series of writes, against a plain map that says what must come of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Database, Doc } from '../store.ts';
import { byCodePoint, type GetStore, ids, type Note, newDatabase, outcomes } from './harness.ts';

/** Which revision a write names. */
type Naming = 'newest' | 'old' | 'none';

interface Step {
  readonly id: string;
  readonly naming: Naming;
  readonly remove: boolean;
  readonly value: fc.JsonValue;
}

interface Entry {
  /** Every revision that was ever answered, the newest last. */
  readonly revs: readonly string[];
  readonly deleted: boolean;
  readonly value: fc.JsonValue;
}

const IDS = ['a', 'b', 'é', '\uffff', '😀'];

/** CouchDB reads numbers as C doubles and gives subnormal ones back as 0; the port does not promise them. */
const SMALLEST_NORMAL = 2.2250738585072014e-308;

const hasSubnormal = (value: fc.JsonValue): boolean => {
  if (typeof value === 'number') return value !== 0 && Math.abs(value) < SMALLEST_NORMAL;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((inner) => hasSubnormal(inner as fc.JsonValue));
};

const hasProto = (value: fc.JsonValue): boolean => JSON.stringify(value).includes('__proto__');

const step: fc.Arbitrary<Step> = fc.record({
  id: fc.constantFrom(...IDS),
  naming: fc.oneof({ weight: 4, arbitrary: fc.constant('newest' as const) }, fc.constantFrom('old', 'none')),
  remove: fc.nat(3).map((n) => n === 0),
  value: fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 2 }).filter((v) => !hasSubnormal(v) && !hasProto(v)),
});

/** What the port says must come of a write. Naming a revision of an id that was never written is not among them. */
function expected(entry: Entry | undefined, rev: string | undefined, remove: boolean): 'ok' | 'conflict' {
  if (entry === undefined) return 'ok';
  if (entry.deleted) return rev === undefined && !remove ? 'ok' : 'conflict';
  return rev === entry.revs.at(-1) ? 'ok' : 'conflict';
}

function nameRev(entry: Entry | undefined, naming: Naming): string | undefined {
  if (naming === 'none' || entry === undefined) return undefined;
  return naming === 'newest' && entry.deleted ? undefined : entry.revs.at(naming === 'newest' ? -1 : 0);
}

/** Where a series has its documents, in a database that others have used. */
interface Ground {
  readonly db: Database;
  /** Before every id of this series, and of no other. */
  readonly prefix: string;
  readonly docsBefore: number;
  readonly since: string;
}

async function runBatch({ db, prefix }: Ground, model: Map<string, Entry>, steps: readonly Step[]): Promise<void> {
  const planned = [...new Map(steps.map((s) => [s.id, s])).values()].map((s) => {
    const entry = model.get(s.id);
    const rev = nameRev(entry, s.naming);
    const doc: Doc = {
      _id: prefix + s.id,
      ...(rev && { _rev: rev }),
      ...(s.remove ? { _deleted: true } : { value: s.value }),
    };
    return { step: s, doc, entry, outcome: expected(entry, rev, s.remove) };
  });
  const results = await db.write(planned.map(({ doc }) => doc));
  expect(outcomes(results)).toEqual(planned.map(({ outcome }) => outcome));
  for (const [i, { step: s, entry }] of planned.entries()) {
    const result = results[i];
    if (result?.ok !== true) continue;
    model.set(s.id, { revs: [...(entry?.revs ?? []), result.rev], deleted: s.remove, value: s.value });
  }
}

async function checkAgainst(ground: Ground, model: ReadonlyMap<string, Entry>): Promise<void> {
  const { db, prefix, docsBefore, since } = ground;
  const bare = (id: string): string => id.slice(prefix.length);
  const alive = [...model].filter(([, entry]) => !entry.deleted);
  const found = await db.getMany<Note & { value: fc.JsonValue }>(IDS.map((id) => prefix + id));
  const content = new Map(found.map((doc) => [bare(doc._id), { rev: doc._rev, value: doc.value }]));
  const wanted = alive.map(([id, { revs, value }]) => [
    id,
    { rev: revs.at(-1), value: JSON.parse(JSON.stringify(value)) },
  ]);
  expect(content).toEqual(new Map(wanted as [string, { rev: string; value: unknown }][]));
  const sorted = alive.map(([id]) => id).sort(byCodePoint);
  expect(ids(await db.range({ start: prefix, end: `${prefix}\u{10ffff}`, limit: 10 })).map(bare)).toEqual(sorted);
  expect((await db.info()).docCount).toBe(docsBefore + alive.length);
  const { changes } = await db.changes({ since, limit: 100, waitMs: 0 });
  const newest = new Map(changes.map(({ id, deleted, doc }) => [bare(id), { deleted, rev: doc._rev }]));
  expect(newest).toEqual(new Map([...model].map(([id, { deleted, revs }]) => [id, { deleted, rev: revs.at(-1) }])));
}

export function modelBehaviour(store: GetStore): void {
  describe('any series of writes', () => {
    test('leaves what a plain map says it must', { timeout: 120_000 }, async () => {
      const series = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
      const db = await newDatabase(store());
      let runs = 0;
      const property = fc.asyncProperty(series, async (batches) => {
        runs += 1;
        const { docCount: docsBefore, updateSeq: since } = await db.info();
        const ground = { db, prefix: `${runs}:`, docsBefore, since };
        const model = new Map<string, Entry>();
        for (const batch of batches) await runBatch(ground, model, batch);
        await checkAgainst(ground, model);
      });
      await fc.assert(property, { numRuns: 40 });
    });
  });
}
