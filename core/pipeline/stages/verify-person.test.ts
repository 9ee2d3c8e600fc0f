import type { Process } from '@enroute/shared/enrolment/enrolment.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import { createIdentities } from '../../identity/identity-records.ts';
import { broken, faultyDatabases, NOW, ridOf } from '../pipeline.fixture.ts';
import { NEXT, stageBench } from './stages.fixture.ts';
import { DEFAULT_VERIFY_PERSON_POLICY, verifyPersonStage } from './verify-person.ts';

const bench = stageBench();

const UNTIL = new Date('2026-03-31T08:00:00.000Z');
let uin = '';
let owner = '';
beforeEach(async () => {
  uin = String(7_000_000_000 + bench.person);
  owner = ridOf(bench.person);
  const { databases, keys } = bench.core;
  await createIdentities([{ uin, rid: owner, identity: {}, packets: [] }], databases.identities, keys.storage, NOW);
});

const stage = (databases = bench.core.databases) => verifyPersonStage(databases);
const undecided = () => ({ kind: 'park', reason: 'decision', until: UNTIL, facts: { candidates: [owner] } });
const coming = (change: Partial<StoredRegistration> = {}, UIN = uin, process: Process = 'UPDATE') =>
  bench.arrival({ change: { identity: { UIN } } }, { process, change });
const decided = (body: object) => ({ answer: { key: 'decision', body: { ...body } } });

describe('verify-person', () => {
  test.each(['UPDATE', 'ACTIVATE', 'DEACTIVATE'] as const)(
    'asks a person about the number that is given for %s, and names the registration that got it',
    async (process) => {
      expect(await bench.perform(stage(), [await coming({}, uin, process)])).toEqual([undecided()]);
    },
  );

  test('goes on when it was decided that it is the person, named by that registration or by this one', async () => {
    const undecidedYet = await coming();
    const works = [
      await coming(decided({ decision: 'accept', rid: owner })),
      { ...undecidedYet, ...decided({ decision: 'accept', rid: undecidedYet._id }) },
    ];
    expect(await bench.perform(stage(), works)).toEqual([NEXT, NEXT]);
  });

  test('refuses when it was decided that it is not', async () => {
    const registration = await coming(decided({ decision: 'reject' }));
    expect(await bench.perform(stage(), [registration])).toEqual([{ kind: 'reject', code: 'ENR-IDN-007' }]);
  });

  test('asks again when somebody else was decided on, or nothing was', async () => {
    const works = [
      await coming(decided({ decision: 'accept', rid: ridOf(5) })),
      await coming(decided({ decision: 'perhaps' })),
    ];
    expect(await bench.perform(stage(), works)).toEqual([undecided(), undecided()]);
  });

  test('troubles nobody about a number that nobody has', async () => {
    const works = [await coming({}, '9999999999'), await coming({}, '')];
    const UNKNOWN = { kind: 'reject', code: 'ENR-IDN-001' };
    expect(await bench.perform(stage(), works)).toEqual([UNKNOWN, UNKNOWN]);
  });

  test('takes the number for proof where the country lets it', async () => {
    const trusting = verifyPersonStage(bench.core.databases, { ...DEFAULT_VERIFY_PERSON_POLICY, numberSuffices: true });
    expect(await bench.perform(trusting, [await coming()])).toEqual([NEXT]);
  });

  test('W4: is tried again while the store is away', async () => {
    const away = faultyDatabases(bench.core.databases, {
      before: () => {
        throw broken();
      },
    });
    await expect(bench.perform(stage(away), [await coming()])).rejects.toMatchObject({ transient: true });
  });
});
