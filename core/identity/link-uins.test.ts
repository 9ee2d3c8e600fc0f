import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { broken, faultyDatabases, NOW, openTestCore, ridOf, type TestCore } from '../pipeline/pipeline.fixture.ts';
import { assignedUins } from './assign-uins.ts';
import { changeIdentities } from './change-identities.ts';
import { createIdentities } from './identity-records.ts';
import { linkUins } from './link-uins.ts';

let core: TestCore;
beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.dispose());

const link = (...links: readonly (readonly [string, string])[]) => linkUins(new Map(links), core.databases);
const numbers = (...rids: readonly string[]) => assignedUins(rids, core.databases.uins);

/** The record of a number, and what a registration does to it. */
async function changed(uin: string, rid: string): Promise<void> {
  const { databases, keys } = core;
  await createIdentities(
    [{ uin, rid: ridOf(99_000), identity: {}, packets: [] }],
    databases.identities,
    keys.storage,
    NOW,
  );
  await changeIdentities([{ uin, rid, act: 'change', fields: {} }], databases.identities, keys.storage, NOW);
}

describe('linking numbers', () => {
  test('notes each number, and again changes nothing', async () => {
    const links = [[ridOf(1), '1111111111'] as const, [ridOf(2), '2222222222'] as const];
    await link(...links);
    await link(...links);
    expect(await numbers(ridOf(1), ridOf(2))).toEqual(new Map(links));
  });

  test('takes who is decided on now for who was decided on before', async () => {
    await link([ridOf(3), '3333333333']);
    await link([ridOf(3), '4444444444'], [ridOf(4), '3333333333']);
    expect(await numbers(ridOf(3), ridOf(4))).toEqual(
      new Map([
        [ridOf(3), '4444444444'],
        [ridOf(4), '3333333333'],
      ]),
    );
  });

  test('refuses another number once the record of the first was changed', async () => {
    await link([ridOf(5), '5555555555']);
    await changed('5555555555', ridOf(5));
    await expect(link([ridOf(5), '6666666666'])).rejects.toMatchObject({ code: 'ENR-IDN-005' });
    await link([ridOf(5), '5555555555']);
    expect(await numbers(ridOf(5))).toEqual(new Map([[ridOf(5), '5555555555']]));
  });

  test('minds only what this very registration has changed', async () => {
    await link([ridOf(6), '7777777777']);
    await changed('7777777777', ridOf(7));
    await link([ridOf(6), '8888888888']);
    expect(await numbers(ridOf(6))).toEqual(new Map([[ridOf(6), '8888888888']]));
  });

  test('W4: is tried again while the store is away', async () => {
    const away = faultyDatabases(core.databases, {
      before: () => {
        throw broken();
      },
    });
    await expect(linkUins(new Map([[ridOf(8), '9999999999']]), away)).rejects.toMatchObject({ transient: true });
  });
});
