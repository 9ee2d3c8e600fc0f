import { newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Doc, Stored } from '../store/store.ts';
import { note, openTestAudit, type TestAudit } from './audit.fixture.ts';
import { type EntryDoc, entryId, signEntry } from './entry.ts';
import { type AuditVerdict, verifyAudit } from './verify-audit.ts';

const WRITERS = 3;
const NOTES = 4;

/** Three runs one after the other, five entries each. */
async function threeRuns(): Promise<TestAudit> {
  const audit = await openTestAudit();
  for (let run = 0; run < WRITERS; run += 1) {
    const writer = audit.writer();
    for (let n = 0; n < NOTES; n += 1) await writer.note(note(n));
  }
  return audit;
}

const verify = (audit: TestAudit, options = {}): Promise<AuditVerdict> =>
  verifyAudit(audit.database, [publicKeyOf(audit.signing)], options);

const bodyOf = ({ _rev, ...doc }: Stored<EntryDoc>): EntryDoc => doc;
const gone = ({ _id, _rev }: Stored<Doc>): Doc => ({ _id, _rev, _deleted: true });

describe('whatever is done to one entry', () => {
  it('is found: altered in any field, taken out, put in, or swapped with another', { timeout: 60_000 }, async () => {
    const audit = await threeRuns();
    expect(await verify(audit)).toMatchObject({ holds: true, faults: [] });
    const entries = await audit.entries();
    const index = fc.nat(entries.length - 1);
    const field = fc.constantFrom('by', 'act', 'done', 'outcome', 'at', 'n', 'writer', 'previous', 'hash', 'signature');
    const tampering = fc.oneof(
      fc.record({ how: fc.constant('alter' as const), index, field }),
      fc.record({ how: fc.constant('delete' as const), index }),
      fc.record({ how: fc.constant('insert' as const), index, gapMs: fc.integer({ min: 1, max: 900 }) }),
      fc.record({ how: fc.constant('swap' as const), index, other: index }).filter((t) => t.index !== t.other),
    );
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(tampering, async (tampered) => {
        seen.add(tampered.how);
        const before = new Map((await audit.entries()).map((entry) => [entry._id, entry]));
        const changed = tamper([...before.values()], tampered);
        await audit.force(...changed);
        expect((await verify(audit)).faults, JSON.stringify(tampered)).not.toEqual([]);
        await restore(audit, before);
        expect((await verify(audit)).holds).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect(seen.size).toBe(4);
  });
});

type Tampering =
  | { readonly how: 'alter'; readonly index: number; readonly field: string }
  | { readonly how: 'delete'; readonly index: number }
  | { readonly how: 'insert'; readonly index: number; readonly gapMs: number }
  | { readonly how: 'swap'; readonly index: number; readonly other: number };

/** What somebody writes who has the store, but no key of the core. */
function tamper(entries: readonly Stored<EntryDoc>[], tampering: Tampering): Doc[] {
  const entry = entries[tampering.index];
  if (!entry) throw new Error('There is no such entry.');
  if (tampering.how === 'delete') return [gone(entry)];
  if (tampering.how === 'alter') return [{ ...entry, [tampering.field]: another(entry, tampering.field) } as Doc];
  if (tampering.how === 'insert') {
    // Signed with a key of their own, in a place between two others.
    const at = new Date(Date.parse(entry.at) + tampering.gapMs).toISOString();
    const { _id, hash, keyId, signature, ...content } = bodyOf(entry);
    return [signEntry({ ...content, at }, newSigningKeyPair())];
  }
  const other = entries[tampering.other];
  if (!other) throw new Error('There is no such entry.');
  return [
    { ...bodyOf(other), _id: entry._id, _rev: entry._rev } as Doc,
    { ...bodyOf(entry), _id: other._id, _rev: other._rev } as Doc,
  ];
}

function another(entry: EntryDoc, field: string): unknown {
  const value = (entry as unknown as Record<string, unknown>)[field];
  if (typeof value === 'number') return value + 1;
  if (field === 'at') return new Date(Date.parse(String(value)) + 1).toISOString();
  if (field === 'outcome') return value === 'done' ? 'ENR-WEB-009' : 'done';
  const text = String(value ?? '');
  return text === '' ? 'a' : `${text.startsWith('a') ? 'b' : 'a'}${text.slice(1)}`;
}

async function restore(audit: TestAudit, wanted: ReadonlyMap<string, EntryDoc>): Promise<void> {
  const present = new Map((await audit.entries()).map((entry) => [entry._id, entry]));
  await audit.force(
    ...[...present.values()].filter(({ _id }) => !wanted.has(_id)).map(gone),
    ...[...wanted.values()].map((entry) => ({
      ...bodyOf(entry as Stored<EntryDoc>),
      ...(present.has(entry._id) && { _rev: present.get(entry._id)?._rev }),
    })),
  );
}

describe('a chain that was cut off at its end', () => {
  const lastOf = async (audit: TestAudit, run: number): Promise<Stored<EntryDoc>> => {
    const entry = (await audit.entries())[run * (NOTES + 1) + NOTES];
    if (!entry) throw new Error('There is no such entry.');
    return entry;
  };
  const forgetEnds = async (audit: TestAudit): Promise<void> => {
    await audit.force(...(await audit.database.range({ start: 'head:', end: 'head;', limit: 100 })).map(gone));
  };

  it('is noticed by its successor', async () => {
    const audit = await threeRuns();
    await forgetEnds(audit);
    const cut = await lastOf(audit, 0);
    await audit.force(gone(cut));
    expect((await verify(audit)).faults).toEqual([expect.stringMatching(`${cut._id} is missing: .* successor`)]);
  });

  it('is noticed by the list of ends, when it was the newest', async () => {
    const audit = await threeRuns();
    await audit.force(gone(await lastOf(audit, 2)));
    expect((await verify(audit)).faults).toEqual([expect.stringContaining('the list of ends')]);
  });

  it('is noticed by a list that was kept elsewhere, whatever is done to the store', async () => {
    const audit = await threeRuns();
    const against = (await verify(audit)).writers.map(({ head }) => head);
    expect(against).toHaveLength(WRITERS);
    await forgetEnds(audit);
    await audit.force(...(await audit.entries()).slice(-(NOTES + 1)).map(gone));
    expect((await verify(audit)).holds).toBe(true);
    expect((await verify(audit, { against })).faults).toEqual([expect.stringContaining('the file of heads')]);
  });
});

it('takes entries that come in behind its back, from a gateway whose clock is slow, for no fault', async () => {
  const audit = await openTestAudit();
  const slow = audit.writer({ now: () => new Date('2026-03-01T09:00:00.000Z') });
  await slow.note(note(1));
  await audit.writer().note(note(2));
  const pages = audit.database.range.bind(audit.database);
  let late = false;
  const database = Object.create(audit.database, {
    getMany: { value: (ids: readonly string[]) => audit.database.getMany(ids) },
    range: {
      value: async (query: Parameters<typeof pages>[0]) => {
        const page = await pages(query);
        if (query.start !== '0' || late) return page;
        late = true;
        // After the page was read: one that lies in it, and one behind it.
        await slow.note(note(3));
        const missed = (await audit.entries()).find(({ n, at }) => n === 3 && at.includes('T09'));
        if (!missed) throw new Error('The late entry is not there.');
        const { hash: previous, writer } = missed;
        const next = { ...note(4), v: 1, writer, n: 4, at: '2026-03-01T11:00:00.000Z', previous } as const;
        const forged = signEntry(next as Parameters<typeof signEntry>[0], audit.signing);
        expect(forged._id).toBe(entryId(forged));
        return [...page, { ...forged, _rev: '1-0' }];
      },
    },
  });
  expect((await verifyAudit(database, [publicKeyOf(audit.signing)])).faults).toEqual([]);
});
