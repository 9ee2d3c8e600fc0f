import { demographicKeys } from '@enroute/shared/policy/demographic-keys.ts';
import { MAX_CANDIDATES, registrationSchema } from '@enroute/shared/registration/registration.ts';
import { describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import { assignedUins, assignUins } from '../../identity/assign-uins.ts';
import { changeIdentities } from '../../identity/change-identities.ts';
import { claimDemographics } from '../../identity/demographic-claims.ts';
import { createIdentities } from '../../identity/identity-records.ts';
import { broken, type EnrolmentOptions, enrolmentOf, faultyDatabases, must, NOW, ridOf } from '../pipeline.fixture.ts';
import { DEFAULT_FIND_PERSON_POLICY, findPersonStage } from './find-person.ts';
import { stageBench } from './stages.fixture.ts';

const bench = stageBench();

const UNTIL = new Date('2026-03-31T08:00:00.000Z');
const ONE = { kind: 'branch', branch: 'one' };
const NONE = { kind: 'branch', branch: 'none' };
const undecided = (...candidates: readonly string[]) => ({
  kind: 'park',
  reason: 'decision',
  until: UNTIL,
  facts: { candidates },
});

const stage = (databases = bench.core.databases) => findPersonStage(databases, bench.core.keys);
const trusting = () =>
  findPersonStage(bench.core.databases, bench.core.keys, { ...DEFAULT_FIND_PERSON_POLICY, acceptSingleMatch: true });

/** Somebody of this name, under which they are found. */
async function enrolled(
  options: EnrolmentOptions = {},
  state: StoredRegistration['state'] = 'COMPLETED',
): Promise<{ rid: string; uin: string }> {
  const { databases, keys } = bench.core;
  const { _id: rid } = await bench.arrival(options, { change: { state } });
  const { identity } = enrolmentOf(bench.person, options);
  await claimDemographics(
    [{ rid, keys: demographicKeys(identity, keys.dedupe) }],
    databases.dedupe,
    databases.registrations,
  );
  const uin = String(6_000_000_000 + Number(rid.slice(10, 15)));
  if (state !== 'COMPLETED') return { rid, uin };
  await assignUins([rid], databases.uins, () => uin, NOW);
  await createIdentities([{ uin, rid, identity, packets: [] }], databases.identities, keys.storage, NOW);
  return { rid, uin };
}

const lost = (options: EnrolmentOptions = {}, change: Partial<StoredRegistration> = {}) =>
  bench.arrival(options, { process: 'LOST', change });
const decided = (body: object) => ({ answer: { key: 'decision', body: { ...body } } });
const numberOf = async ({ _id }: StoredRegistration) => (await assignedUins([_id], bench.core.databases.uins)).get(_id);

describe('find-person', () => {
  test('finds nobody where nobody has a number', async () => {
    expect(await bench.perform(stage(), [await lost()])).toEqual([NONE]);
  });

  test.each(['IN_FLOW', 'REJECTED'] as const)('finds nobody in a registration that is %s', async (state) => {
    await enrolled({}, state);
    expect(await bench.perform(stage(), [await lost()])).toEqual([NONE]);
  });

  test('W16: asks a person, even of a single match, and says who was found', async () => {
    const { rid } = await enrolled();
    const registration = await lost();
    expect(await bench.perform(stage(), [registration])).toEqual([undecided(rid)]);
    expect(await numberOf(registration)).toBeUndefined();
  });

  test('takes a single match where the country lets it, and notes the number, once', async () => {
    const { uin } = await enrolled();
    const registration = await lost();
    expect(await bench.perform(trusting(), [registration])).toEqual([ONE]);
    expect(await bench.perform(trusting(), [registration])).toEqual([ONE]);
    expect(await numberOf(registration)).toBe(uin);
  });

  test('W16: asks a person of several matches, whatever the country lets', async () => {
    const inEnglish = await enrolled({ languages: ['eng'] });
    const inFrench = await enrolled({ languages: ['fra'] });
    const registration = await lost({ languages: ['eng', 'fra'] });
    expect(await bench.perform(trusting(), [registration])).toEqual([undecided(inEnglish.rid, inFrench.rid)]);
  });

  test('does as the person has decided', async () => {
    await enrolled({ languages: ['eng'] });
    const { rid, uin } = await enrolled({ languages: ['fra'] });
    const options = { languages: ['eng', 'fra'] };
    const accepted = await lost(options, decided({ decision: 'accept', rid }));
    const rejected = await lost(options, decided({ decision: 'reject' }));
    expect(await bench.perform(stage(), [accepted, rejected])).toEqual([ONE, { kind: 'reject', code: 'ENR-LST-003' }]);
    expect(await numberOf(accepted)).toBe(uin);
    expect(await numberOf(rejected)).toBeUndefined();
  });

  test('takes who is decided on after a restart for who was decided on before', async () => {
    const first = await enrolled({ languages: ['eng'] });
    const second = await enrolled({ languages: ['fra'] });
    const registration = await lost({ languages: ['eng', 'fra'] });
    for (const { rid, uin } of [first, second]) {
      const accepted = { ...registration, ...decided({ decision: 'accept', rid }) };
      expect(await bench.perform(stage(), [accepted])).toEqual([ONE]);
      expect(await numberOf(registration)).toBe(uin);
    }
  });

  test('notes as many candidates as a name can lead to, and the registration can hold them', async () => {
    const languages = Array.from({ length: MAX_CANDIDATES }, (_, nth) => `q${String.fromCharCode(97 + nth)}a`);
    const people: { rid: string; uin: string }[] = [];
    for (const language of languages) people.push(await enrolled({ languages: [language] }));
    const registration = await lost({ languages });
    const [outcome] = await bench.perform(stage(), [registration]);
    const facts = outcome?.kind === 'park' ? (outcome.facts ?? {}) : {};
    expect(facts.candidates).toHaveLength(MAX_CANDIDATES);
    expect(registrationSchema.safeParse({ ...registration, facts }).error).toBeUndefined();
    const last = must(people.at(-1));
    const accepted = { ...registration, ...decided({ decision: 'accept', rid: last.rid }) };
    expect(await bench.perform(stage(), [accepted])).toEqual([ONE]);
    expect(await numberOf(registration)).toBe(last.uin);
  });

  test('asks again when it was decided for somebody who was not found, or not decided at all', async () => {
    const { rid } = await enrolled();
    const stranger = await lost({}, decided({ decision: 'accept', rid: ridOf(5) }));
    const nonsense = await lost({}, decided({ decision: 'perhaps' }));
    expect(await bench.perform(stage(), [stranger, nonsense])).toEqual([undecided(rid), undecided(rid)]);
  });

  test('gives nobody a number that is deactivated', async () => {
    const { databases, keys } = bench.core;
    const { uin } = await enrolled();
    await changeIdentities([{ uin, rid: ridOf(99_998), act: 'deactivate' }], databases.identities, keys.storage, NOW);
    expect(await bench.perform(trusting(), [await lost()])).toEqual([{ kind: 'reject', code: 'ENR-IDN-002' }]);
  });

  test('W4: is tried again while the store is away', async () => {
    const away = faultyDatabases(bench.core.databases, {
      before: () => {
        throw broken();
      },
    });
    await expect(bench.perform(stage(away), [await lost()])).rejects.toMatchObject({ transient: true });
  });
});
