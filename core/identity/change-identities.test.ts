import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { broken, faulty, NOW, openTestCore, ridOf, type TestCore } from '../pipeline/pipeline.fixture.ts';
import { changeIdentities, type IdentityChange } from './change-identities.ts';
import { createIdentities, type IdentityDoc, identityStates } from './identity-records.ts';

const KEY = randomBytes(32);
const UIN = '7000000001';

async function open(): Promise<TestCore> {
  const core = await openTestCore();
  onTestFinished(() => core.dispose());
  const first = { uin: UIN, rid: ridOf(1), identity: { city: 'Fes' }, packets: ['a'.repeat(64)] };
  await createIdentities([first], core.databases.identities, KEY, NOW);
  return core;
}

const changeBy = (nth: number, change: Partial<IdentityChange> = {}): IdentityChange => ({
  uin: UIN,
  rid: ridOf(nth),
  act: 'change',
  fields: { city: `City ${nth}` },
  packets: [],
  ...change,
});

describe('changing identities', () => {
  test('keeps what a life brings, and not more', async () => {
    const { databases } = await open();
    const changes = Array.from({ length: 70 }, (_, nth) => changeBy(nth + 2));
    const results = await changeIdentities(changes, databases.identities, KEY, NOW);
    expect(results.at(-1)).toMatchObject({ kind: 'done', content: { identity: { city: 'City 71' } } });
    const doc = await databases.identities.get<IdentityDoc>(UIN);
    expect(doc?.acts).toHaveLength(64);
    expect(doc?.earlier).toHaveLength(16);
    expect(doc?.earlier?.at(-1)).toMatchObject({ rid: ridOf(71) });
  });

  test('is done once when the answer to the write was lost', async () => {
    const { databases } = await open();
    let lost = false;
    const identities = faulty(databases.identities, {
      after: (method) => {
        if (method !== 'write' || lost) return;
        lost = true;
        throw broken();
      },
    });
    const change = changeBy(2, { act: 'deactivate' });
    await expect(changeIdentities([change], identities, KEY, NOW)).rejects.toMatchObject({ transient: true });
    expect(await changeIdentities([change], identities, KEY, NOW)).toMatchObject([{ kind: 'done' }]);
    expect(await identityStates([UIN], databases.identities)).toEqual(new Map([[UIN, 'deactivated']]));
    expect((await databases.identities.get<IdentityDoc>(UIN))?.acts).toHaveLength(1);
  });

  test('tells of whom nothing is known, and of whom all is as it is to be', async () => {
    const { databases } = await open();
    const changes = [changeBy(2, { uin: '7000000002' }), changeBy(3, { act: 'activate' })];
    expect(await changeIdentities(changes, databases.identities, KEY, NOW)).toEqual([
      { kind: 'unknown' },
      { kind: 'already' },
    ]);
  });

  test('changes nothing that it can not read', async () => {
    const { databases } = await open();
    const before = await databases.identities.get(UIN);
    const other = randomBytes(32);
    await expect(changeIdentities([changeBy(2)], databases.identities, other, NOW)).rejects.toMatchObject({
      name: 'StoreError',
      transient: false,
    });
    expect(await databases.identities.get(UIN)).toEqual(before);
  });
});
