import { randomBytes } from 'node:crypto';
import { decryptAtRest } from '@enroute/shared/crypto/at-rest.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  broken,
  enrolmentOf,
  faulty,
  NOW,
  openTestCore,
  put,
  randomOf,
  registrationOf,
  ridOf,
  type TestCore,
} from '../pipeline/pipeline.fixture.ts';
import type { Database, Doc } from '../store/store.ts';
import { assignedUins, assignUins } from './assign-uins.ts';
import { claimDemographics, type DemographicClaim } from './demographic-claims.ts';
import { createIdentities, type IdentityRecord } from './identity-records.ts';

let core: TestCore;
let db: Database;
let registrations: Database;
let fresh = 0;
const freshDatabases = async (): Promise<void> => {
  fresh += 1;
  [db, registrations] = await Promise.all([core.store.database(`d${fresh}`), core.store.database(`r${fresh}`)]);
};
beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.dispose());
beforeEach(freshDatabases);

const claim = (n: number, ...keys: string[]): DemographicClaim => ({ rid: ridOf(n), keys });

describe('demographic claims', () => {
  const claimAll = (...claims: readonly DemographicClaim[]) => claimDemographics(claims, db, registrations);

  test('belong to whoever came first', async () => {
    expect(await claimAll(claim(1, 'k'))).toEqual(new Map());
    expect(await claimAll(claim(2, 'k'))).toEqual(new Map([[ridOf(2), ridOf(1)]]));
  });

  test('change nothing when they are repeated, neither for the holder nor for who was refused', async () => {
    const claims = [claim(1, 'k', 'm'), claim(2, 'k')];
    const first = await claimAll(...claims);
    expect(await claimAll(...claims)).toEqual(first);
    expect(first).toEqual(new Map([[ridOf(2), ridOf(1)]]));
  });

  test('of a registration that names a key twice are its own', async () => {
    expect(await claimAll(claim(1, 'k', 'k'))).toEqual(new Map());
  });

  test('without keys refuse nobody', async () => {
    expect(await claimAll(claim(1), claim(2))).toEqual(new Map());
    expect(await claimAll()).toEqual(new Map());
  });

  test('of one batch go to exactly one of two claimants', async () => {
    expect(await claimAll(claim(1, 'a', 'b'), claim(2, 'a', 'b'))).toEqual(new Map([[ridOf(2), ridOf(1)]]));
  });

  test('that are made by several processes at once go to exactly one', async () => {
    const refused = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => claimAll(claim(n, 'a', 'b'))));
    const winners = refused.filter(({ size }) => size === 0);
    expect(winners).toHaveLength(1);
    const winner = ridOf(refused.findIndex(({ size }) => size === 0) + 1);
    expect(refused.flatMap((one) => [...one.values()])).toEqual(new Array(5).fill(winner));
  });

  test.each(['REJECTED', 'FAILED'] as const)('of a registration that was %s are free', async (state) => {
    await claimAll(claim(1, 'k'));
    await put(registrations, registrationOf(ridOf(1), { state: 'IN_FLOW', verdict: { state, code: 'ENR-QUA-001' } }));
    expect(await claimAll(claim(2, 'k'))).toEqual(new Map());
    expect(await claimAll(claim(3, 'k'))).toEqual(new Map([[ridOf(3), ridOf(2)]]));
  });

  test.each([
    ['is still on its way', {}],
    ['is complete', { state: 'COMPLETED', verdict: { state: 'COMPLETED', code: 'ENR-OUT-001' } }],
    ['is a dead letter', { state: 'DEAD_LETTER' }],
  ] as const)('of a registration that %s are not free', async (_name, change) => {
    await claimAll(claim(1, 'k'));
    await put(registrations, registrationOf(ridOf(1), change));
    expect(await claimAll(claim(2, 'k'))).toEqual(new Map([[ridOf(2), ridOf(1)]]));
  });

  test('that two want to take over from one that gave up go to exactly one', async () => {
    await claimAll(claim(1, 'k'));
    const verdict = { state: 'REJECTED', code: 'ENR-QUA-001' } as const;
    await put(registrations, registrationOf(ridOf(1), { state: 'REJECTED', verdict }));
    const refused = await Promise.all([claimAll(claim(2, 'k')), claimAll(claim(3, 'k'))]);
    expect(refused.map(({ size }) => size).sort()).toEqual([0, 1]);
  });

  test('do not refuse everyone when the keys are named in different orders', async () => {
    expect((await claimAll(claim(1, 'a', 'b'), claim(2, 'b', 'a'))).size).toBe(1);
  });

  test.each<[string, number, (...claims: DemographicClaim[]) => Promise<unknown>]>([
    // A write for each of the two keys.
    ['the first time', 2, async () => undefined],
    // And a look at who holds it, when it is refused.
    ['when they hold already', 4, (...claims) => claimAll(...claims)],
  ])('are carried out again after a crash at any call, %s', async (_when, calls, before) => {
    for (let crashAt = 1; crashAt <= calls; crashAt += 1) {
      await freshDatabases();
      const both = [claim(1, 'a', 'b'), claim(2, 'a', 'b')];
      await before(...both);
      let called = 0;
      const after = (): void => {
        called += 1;
        if (called === crashAt) throw broken();
      };
      await expect(claimDemographics(both, faulty(db, { after }), registrations)).rejects.toThrow('broken');
      expect(await claimAll(...both)).toEqual(new Map([[ridOf(2), ridOf(1)]]));
    }
  });

  test('that others keep taking away are given up for now, and not for good', async () => {
    const gaveUp = { state: 'REJECTED', verdict: { state: 'REJECTED', code: 'ENR-QUA-001' } } as const;
    let n = 1;
    const contended: Database = {
      ...faulty(db, {}),
      write: async (documents) => {
        n += 1;
        await put(registrations, registrationOf(ridOf(n), gaveUp));
        const before = await db.get('k');
        await db.write([{ _id: 'k', rid: ridOf(n), ...(before ? { _rev: before._rev } : {}) } as Doc]);
        return db.write(documents);
      },
    };
    const trying = claimDemographics([claim(1, 'k')], contended, registrations);
    await expect(trying).rejects.toMatchObject({ name: 'StoreError', transient: true });
    expect(n).toBe(6);
  });

  const LANGUAGES = ['ara', 'eng', 'fra', 'spa'];
  let people = 0;
  /** Makes the keys of a person whom nobody has claimed yet. */
  const nextPerson = (): ((languages: readonly string[]) => string[]) => {
    people += 1;
    const name = `person ${people}`;
    return (languages) => languages.map((language) => `${name} ${language}`);
  };
  const visits = fc.array(
    fc.record({
      languages: fc.shuffledSubarray(LANGUAGES, { minLength: 1 }),
      process: fc.nat(2),
    }),
    { minLength: 2, maxLength: 5 },
  );

  test('of one person, in whatever languages, orders and processes, leave one: never none, and no two that share a language', async () => {
    await fc.assert(
      fc.asyncProperty(visits, async (all) => {
        const keysOf = nextPerson();
        const claims = all.map(({ languages }, n) => claim(n + 1, ...keysOf(languages)));
        const processes = [0, 1, 2].map((process) => claims.filter((_, n) => all[n]?.process === process));
        const refused = await Promise.all(processes.map((batch) => claimAll(...batch)));
        const accepted = claims.filter(({ rid }) => !refused.some((one) => one.has(rid)));
        expect(accepted.length).toBeGreaterThan(0);
        const held = accepted.flatMap(({ keys }) => keys);
        expect(new Set(held).size).toBe(held.length);
      }),
      { seed: 7, numRuns: 40 },
    );
  });

  test('of one person in the same languages leave exactly one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(LANGUAGES, { minLength: 1 }),
        fc.integer({ min: 2, max: 5 }),
        async (languages, count) => {
          const keys = nextPerson()(languages);
          const refused = await Promise.all(
            Array.from({ length: count }, (_, n) =>
              claimAll(claim(n + 1, ...keys.slice(n % 2), ...keys.slice(0, n % 2))),
            ),
          );
          expect(refused.filter(({ size }) => size === 0)).toHaveLength(1);
        },
      ),
      { seed: 7, numRuns: 15 },
    );
  });
});

describe('assigning UINs', () => {
  const rids = (count: number, from = 1): string[] => Array.from({ length: count }, (_, n) => ridOf(from + n));
  /** Tries again as the engine does, for those that had no luck. */
  const patiently = async (wanted: readonly string[], draw: () => string): Promise<ReadonlyMap<string, string>> => {
    for (let tries = 0; tries < 20; tries += 1) {
      const told = await assignUins(wanted, db, draw, NOW).catch(() => undefined);
      if (told) return told;
    }
    throw new Error('No luck at all.');
  };
  /** Draws from so many numbers only, so that they collide. */
  const drawFrom = (space: number, seed = 1): (() => string) => {
    const random = randomOf(seed);
    return () => String(1000 + Math.floor(random() * space));
  };
  const owners = async (): Promise<Map<string, string>> => {
    const docs = await db.range<Doc & { rid: string }>({ start: 'uin:', end: 'uin;', limit: 1000 });
    return new Map(docs.map(({ _id, rid }) => [rid, _id.slice('uin:'.length)]));
  };

  test('gives each registration a number of its own, and says which', async () => {
    const assigned = await assignUins(rids(20), db, drawFrom(10_000), NOW);
    expect([...assigned.keys()].sort()).toEqual(rids(20));
    expect(new Set(assigned.values()).size).toBe(20);
    expect(await owners()).toEqual(assigned);
    expect(await assignedUins(rids(21), db)).toEqual(assigned);
  });

  test('gives the same number when it is asked again', async () => {
    const first = await assignUins(rids(5), db, drawFrom(10_000, 1), NOW);
    expect(await assignUins(rids(5), db, drawFrom(10_000, 2), NOW)).toEqual(first);
    expect(await owners()).toEqual(first);
  });

  test('of none gives none', async () => {
    expect(await assignUins([], db, drawFrom(10), NOW)).toEqual(new Map());
  });

  test('draws again for those whose number is taken, by another or in the same batch', async () => {
    const draws = ['1', '1', '1', '2', '2', '3', '4', '5'];
    const draw = (): string => draws.shift() ?? 'x';
    await assignUins([ridOf(9)], db, draw, NOW);
    const assigned = await assignUins(rids(3), db, draw, NOW);
    expect([...assigned.values()].sort()).toEqual(['2', '3', '4']);
    expect(new Set((await owners()).values())).toEqual(new Set(['1', '2', '3', '4']));
  });

  test('never gives one number twice, however many callers draw from however few at once', async () => {
    for (const seed of [1, 2, 3, 4]) {
      await freshDatabases();
      // Some of the callers ask for the same registrations, as a worker does that took an effect for lost.
      const callers = [rids(10), rids(10), rids(10, 5), rids(10, 15), rids(10, 25)];
      const answers = await Promise.all(callers.map((wanted, n) => patiently(wanted, drawFrom(120, seed * 10 + n))));
      const numbers = new Map<string, Set<string>>();
      for (const answer of answers) {
        for (const [rid, uin] of answer) numbers.set(uin, (numbers.get(uin) ?? new Set()).add(rid));
      }
      expect([...numbers.values()].every(({ size }) => size === 1)).toBe(true);
      expect(numbers.size).toBe(34);
      expect(await owners()).toEqual(await assignedUins(rids(34), db));
    }
  });

  test.each(['before', 'after'] as const)(
    'goes on from a crash %s any call, and no registration has two numbers',
    async (when) => {
      for (let crashAt = 1, crashed = true; crashed; crashAt += 1) {
        await freshDatabases();
        await patiently(rids(6, 50), drawFrom(30));
        let calls = 0;
        const fault = (): void => {
          calls += 1;
          if (calls === crashAt) throw broken();
        };
        const draw = drawFrom(30, crashAt);
        crashed = await assignUins(rids(8), faulty(db, { [when]: fault }), draw, NOW).then(
          () => false,
          () => true,
        );
        const told = await patiently(rids(8), draw);
        expect(told.size).toBe(8);
        const docs = await db.range<Doc>({ start: 'uin:', end: 'uin;', limit: 1000 });
        expect(docs).toHaveLength(14);
        expect((await owners()).size).toBe(14);
      }
    },
  );

  test('does not go on with a registration whose number could not be written', async () => {
    await assignUins(rids(1), db, drawFrom(10), NOW);
    // It is refused, and cannot be read either.
    const lossy: Database = { ...faulty(db, {}), getMany: async () => [] };
    await expect(assignUins(rids(1), lossy, drawFrom(10), NOW)).rejects.toMatchObject({
      name: 'StoreError',
      transient: true,
    });
  });

  test('says ENR-UIN-001 when no number is free, and gives none away twice', async () => {
    await assignUins(rids(3), db, drawFrom(3), NOW).catch(() => undefined);
    await assignUins(rids(3), db, drawFrom(3, 5), NOW).catch(() => undefined);
    const before = await owners();
    expect(before.size).toBe(3);
    await expect(assignUins([ridOf(9)], db, drawFrom(3), NOW)).rejects.toMatchObject({ code: 'ENR-UIN-001' });
    expect(await owners()).toEqual(before);
    // The rules were widened.
    const later = await assignUins([ridOf(9)], db, () => '7777', NOW);
    expect(later.get(ridOf(9))).toBe('7777');
  });
});

describe('identity records', () => {
  const key = randomBytes(32);
  const recordOf = (n: number, uin = `900${n}`): IdentityRecord => ({
    uin,
    rid: ridOf(n),
    identity: enrolmentOf(n).identity,
    packets: ['a'.repeat(64)],
  });
  interface Sealed extends Doc {
    readonly sealed: string;
  }

  test('hold the person encrypted, and open with the key at their own place only', async () => {
    await createIdentities([recordOf(1), recordOf(2)], db, key, NOW);
    const doc = await db.get<Sealed>('9001');
    expect(doc).toMatchObject({ rid: ridOf(1), at: NOW.toISOString() });
    expect(JSON.stringify(doc)).not.toContain('Person');
    const { identity, packets } = recordOf(1);
    expect(decryptAtRest(doc?.sealed ?? '', 'identity:9001', key)).toEqual({ identity, packets });
    expect(decryptAtRest(doc?.sealed ?? '', 'identity:9002', key)).toBeUndefined();
    expect(decryptAtRest(doc?.sealed ?? '', 'identity:9001', randomBytes(32))).toBeUndefined();
  });

  test('are created once', async () => {
    await createIdentities([recordOf(1)], db, key, NOW);
    const first = await db.get('9001');
    await createIdentities([recordOf(1), recordOf(2)], db, key, NOW);
    expect(await db.get('9001')).toEqual(first);
    expect(await db.get('9002')).toBeDefined();
  });

  test('of another person are never taken for the own', async () => {
    await createIdentities([recordOf(1)], db, key, NOW);
    const first = await db.get('9001');
    await expect(createIdentities([recordOf(2, '9001')], db, key, NOW)).rejects.toMatchObject({ name: 'StoreError' });
    expect(await db.get('9001')).toEqual(first);
  });

  test('of nobody are nothing', async () => {
    await expect(createIdentities([], db, key, NOW)).resolves.toBeUndefined();
  });
});
