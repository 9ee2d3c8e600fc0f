import { newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { describe, expect, it } from 'vitest';
import { type Database, type Doc, StoreError } from '../store/store.ts';
import { note, openTestAudit, START } from './audit.fixture.ts';
import { listEntries } from './list-entries.ts';
import { verifyAudit } from './verify-audit.ts';

describe('what was noted', () => {
  it('stands in the audit when the call returns, in order, behind an opening, and holds', async () => {
    const audit = await openTestAudit();
    const writer = audit.writer();
    await writer.note(note(1));
    const [opening, first] = await audit.entries();
    expect(opening).toMatchObject({ n: 1, act: 'audit.open', heads: [], previous: '' });
    expect(first).toMatchObject({ n: 2, ...note(1), previous: opening?.hash });
    await Promise.all(Array.from({ length: 250 }, (_none, n) => writer.note(note(n))));
    const entries = await audit.entries();
    expect(entries.map(({ n }) => n)).toEqual(Array.from({ length: 252 }, (_none, n) => n + 1));
    expect(entries.slice(2).map(({ done }) => done)).toEqual(Array.from({ length: 250 }, (_none, n) => note(n).done));
    const verdict = await verifyAudit(audit.database, [publicKeyOf(audit.signing)]);
    expect(verdict).toMatchObject({ holds: true, faults: [], writers: [{ entries: 252, head: { n: 252 } }] });
  });

  it('goes in few writes when many note at once', async () => {
    const audit = await openTestAudit();
    let writes = 0;
    const counting: Database = {
      ...bound(audit.database),
      write: (docs) => {
        writes += 1;
        return audit.database.write(docs);
      },
    };
    const writer = audit.writer({ database: counting });
    await Promise.all(Array.from({ length: 200 }, (_none, n) => writer.note(note(n))));
    // The first alone, then a hundred, then the rest; each with where the chain ends.
    expect(writes).toBe(6);
  });

  it('keeps its order when the clock is set back', async () => {
    const audit = await openTestAudit();
    let at = START.getTime();
    const writer = audit.writer({ now: () => new Date(at) });
    await writer.note(note(1));
    at -= 60_000;
    await writer.note(note(2));
    expect((await audit.entries()).map(({ n }) => n)).toEqual([1, 2, 3]);
    expect((await verifyAudit(audit.database, [publicKeyOf(audit.signing)])).holds).toBe(true);
  });

  it('is refused when it holds what somebody typed, or more than a line', async () => {
    const audit = await openTestAudit();
    const writer = audit.writer();
    for (const wrong of [{ done: 'ليلى' }, { done: 'a'.repeat(201) }, { by: 'a b' }, { act: 'Suspend!' }]) {
      await expect(writer.note({ ...note(), ...wrong })).rejects.toThrow();
    }
    expect(await audit.entries()).toEqual([]);
  });

  it('is refused when too many wait, and those that wait are written', async () => {
    const audit = await openTestAudit();
    const writer = audit.writer();
    const all = await Promise.allSettled(Array.from({ length: 1_200 }, (_none, n) => writer.note(note(n))));
    const refused = all.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ reason: { code: 'ENR-AUD-001' } });
    const { writers } = await verifyAudit(audit.database, [publicKeyOf(audit.signing)]);
    expect(writers[0]?.entries).toBe(1 + all.length - refused.length);
  });
});

describe('a store that fails', () => {
  it('makes the note fail; what was not confirmed is written before anything else, once', async () => {
    const audit = await openTestAudit();
    let failing: 'before' | 'after' | undefined;
    const shaky: Database = {
      ...bound(audit.database),
      write: async (docs) => {
        if (failing === 'before') throw new StoreError('gone', { transient: true });
        const results = await audit.database.write(docs);
        if (failing === 'after') throw new StoreError('gone', { transient: true });
        return results;
      },
    };
    const writer = audit.writer({ database: shaky });
    await writer.note(note(0));
    for (const when of ['before', 'after'] as const) {
      failing = when;
      await expect(writer.note(note(1))).rejects.toMatchObject({ code: 'ENR-AUD-001' });
      failing = undefined;
      await writer.note(note(2));
    }
    expect((await audit.entries()).map(({ requestId }) => requestId)).toEqual([
      undefined,
      'request-0',
      'request-1',
      'request-2',
      'request-1',
      'request-2',
    ]);
    expect(await verifyAudit(audit.database, [publicKeyOf(audit.signing)])).toMatchObject({ holds: true, faults: [] });
  });
});

describe('a writer that begins', () => {
  it('names the ends that nobody has named yet, of writers that are gone and of those that go on', async () => {
    const audit = await openTestAudit();
    const [gone, goesOn] = [audit.writer(), audit.writer()];
    await gone.note(note(1));
    await goesOn.note(note(2));
    const third = audit.writer();
    await third.note(note(3));
    await goesOn.note(note(4));
    await audit.writer().note(note(5));
    const named = (await audit.entries()).flatMap(({ heads }) => (heads ? [heads.map(({ n }) => n).toSorted()] : []));
    // Of the last writer: the third, and the second once more, which has gone on. Of the first nothing is new.
    expect(named).toEqual([[], [2], [2], [2, 3]]);
    expect((await verifyAudit(audit.database, [publicKeyOf(audit.signing)])).holds).toBe(true);
  });

  it('takes no end out of the list that it could not read, and so could not name', async () => {
    const audit = await openTestAudit();
    await audit.writer().note(note(1));
    const [end] = await audit.database.range({ start: 'head:', end: 'head;', limit: 2 });
    await audit.force({ _id: end?._id ?? '', _rev: end?._rev, head: 'scrawl' } as Doc);
    await audit.writer().note(note(2));
    const { holds, faults } = await verifyAudit(audit.database, [publicKeyOf(audit.signing)]);
    expect([holds, faults]).toEqual([false, ['the list of ends can not be read']]);
  });

  it('signs with a new key after a rotation, and both are known', async () => {
    const audit = await openTestAudit();
    const next = newSigningKeyPair();
    await audit.writer().note(note(1));
    await audit.writer({ signing: next }).note(note(2));
    expect((await verifyAudit(audit.database, [audit.signing, next].map(publicKeyOf))).holds).toBe(true);
    expect((await verifyAudit(audit.database, [publicKeyOf(next)])).faults).toHaveLength(2);
  });
});

describe('the list of entries', () => {
  it('shows the newest first, whoever wrote them, a page at a time', async () => {
    const audit = await openTestAudit();
    const writers = [audit.writer(), audit.writer()];
    for (let n = 0; n < 10; n += 1) await writers[n % 2]?.note(note(n));
    const shown: (string | undefined)[] = [];
    for (let before: string | undefined, pages = 0; pages < 10; pages += 1) {
      const page = await listEntries(audit.database, 5, before);
      shown.push(...page.entries.map(({ requestId }) => requestId));
      before = page.before;
      if (before === undefined) break;
    }
    const all = Array.from({ length: 10 }, (_none, n) => `request-${9 - n}`);
    expect(shown.filter((each) => each !== undefined)).toEqual(all);
    expect(shown).toHaveLength(12);
  });
});

/** A database whose methods may be taken one by one. */
function bound(database: Database): Database {
  return {
    name: database.name,
    get: (id) => database.get(id),
    getMany: (ids) => database.getMany(ids),
    range: (query) => database.range(query),
    write: (docs) => database.write(docs),
    changes: (query) => database.changes(query),
    pending: (since) => database.pending(since),
    writeWithBytes: (doc, bytes) => database.writeWithBytes(doc, bytes),
    bytesOf: (id) => database.bytesOf(id),
    info: () => database.info(),
  };
}
