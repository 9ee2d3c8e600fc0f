import { decryptAtRest } from '@enroute/shared/crypto/at-rest.ts';
import type { Enrolment, Identity } from '@enroute/shared/enrolment/enrolment.ts';
import { demographicKeys } from '@enroute/shared/policy/demographic-keys.ts';
import { DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { assignedUins } from '../../identity/assign-uins.ts';
import { claimants } from '../../identity/demographic-claims.ts';
import { createIdentities, type IdentityDoc, identityPlace } from '../../identity/identity-records.ts';
import { linkUins } from '../../identity/link-uins.ts';
import type { Doc } from '../../store/store.ts';
import { enrolmentOf, must, NOW, ridOf } from '../pipeline.fixture.ts';
import { changeIdentityStage } from './change-identity.ts';
import { NEXT, stageBench } from './stages.fixture.ts';
import { switchIdentityStage } from './switch-identity.ts';

const bench = stageBench();

const FIRST = {
  identity: { fullName: 'Amina', dateOfBirth: '1990/01/02', gender: 'FLE', city: 'Fes' },
  packets: ['a'.repeat(64)],
};
let uin = '';
beforeEach(async () => {
  uin = String(7_000_000_000 + bench.person);
  const { databases, keys } = bench.core;
  await createIdentities([{ uin, rid: ridOf(bench.person), ...FIRST }], databases.identities, keys.storage, NOW);
});

const change = () => changeIdentityStage(bench.core.databases, bench.core.keys, DEFAULT_ENROLMENT_POLICY);
const flip = () => switchIdentityStage(bench.core.databases, bench.core.keys);
const refuse = (code: string) => ({ kind: 'reject', code });

const arrive = (
  process: 'UPDATE' | 'RES_UPDATE' | 'LOST' | 'ACTIVATE' | 'DEACTIVATE',
  given: Identity,
  more: Partial<Enrolment> = {},
) => bench.arrival({ change: { identity: given, ...more } }, { process });
const record = async () => must(await bench.core.databases.identities.get<IdentityDoc & Doc>(uin));
const contentOf = (sealed: string) => decryptAtRest(sealed, identityPlace(uin), bench.core.keys.storage);

describe('change-identity', () => {
  test('puts what is given in the place of what was there, and keeps that', async () => {
    const update = await arrive('UPDATE', { UIN: uin, fullName: 'Amina B', city: '' });
    expect(await bench.perform(change(), [update])).toEqual([NEXT]);
    const { sealed, earlier, acts } = await record();
    expect(contentOf(sealed)).toEqual({
      identity: { ...FIRST.identity, fullName: 'Amina B' },
      packets: [...FIRST.packets, update.packet.digest],
    });
    expect(earlier).toMatchObject([{ rid: update._id }]);
    expect(contentOf(earlier?.[0]?.sealed ?? '')).toEqual(FIRST);
    expect(acts).toEqual([{ rid: update._id, at: NOW.toISOString(), act: 'change' }]);
    expect(await assignedUins([update._id], bench.core.databases.uins)).toEqual(new Map([[update._id, uin]]));
  });

  test('does it once, however often it is carried out, and whoever changes it in between', async () => {
    const update = await arrive('UPDATE', { UIN: uin, city: 'Rabat' });
    const later = await arrive('RES_UPDATE', { UIN: uin, city: 'Agadir' });
    await bench.perform(change(), [update]);
    await bench.perform(change(), [later]);
    const after = await record();
    expect(await bench.perform(change(), [update, later])).toEqual([NEXT, NEXT]);
    expect(await record()).toEqual(after);
    expect(contentOf(after.sealed)).toMatchObject({ identity: { city: 'Agadir' } });
  });

  test('makes two changes of one person in one batch in their order', async () => {
    const batch = [
      await arrive('UPDATE', { UIN: uin, city: 'Rabat' }),
      await arrive('UPDATE', { UIN: uin, city: 'Agadir' }),
    ];
    expect(await bench.perform(change(), batch)).toEqual([NEXT, NEXT]);
    const { sealed, earlier } = await record();
    expect(contentOf(sealed)).toMatchObject({ identity: { city: 'Agadir' } });
    expect(earlier).toHaveLength(2);
  });

  test('takes of a change by the resident only what that may change', async () => {
    const change_ = await arrive(
      'RES_UPDATE',
      { UIN: uin, city: 'Rabat', fullName: 'Somebody Else' },
      { biometrics: [] },
    );
    await bench.perform(change(), [change_]);
    expect(contentOf((await record()).sealed)).toEqual({
      identity: { ...FIRST.identity, city: 'Rabat' },
      packets: FIRST.packets,
    });
  });

  test('changes of who lost their number how they can be reached, by the number that was found', async () => {
    const lost = await arrive('LOST', { ...enrolmentOf(bench.person).identity, phone: '0600000000' });
    await linkUins(new Map([[lost._id, uin]]), bench.core.databases);
    expect(await bench.perform(change(), [lost])).toEqual([NEXT]);
    expect(contentOf((await record()).sealed)).toEqual({
      identity: { ...FIRST.identity, phone: '0600000000' },
      packets: FIRST.packets,
    });
  });

  test('lets a person be found under the new name too', async () => {
    const { databases, keys } = bench.core;
    const fullName = `Person ${bench.person}`;
    const update = await arrive('UPDATE', { UIN: uin, fullName });
    await bench.perform(change(), [update]);
    const [key = ''] = demographicKeys({ ...FIRST.identity, fullName }, keys.dedupe);
    expect(await claimants([key], databases.dedupe)).toEqual(new Map([[key, update._id]]));
  });

  test('rejects a number that nobody has, and none', async () => {
    const batch = [await arrive('UPDATE', { UIN: '9999999999', city: 'x' }), await arrive('UPDATE', { city: 'x' })];
    expect(await bench.perform(change(), batch)).toEqual([refuse('ENR-IDN-001'), refuse('ENR-IDN-001')]);
  });

  test('rejects a change of a number that is deactivated, and changes nothing', async () => {
    await bench.perform(flip(), [await arrive('DEACTIVATE', { UIN: uin })]);
    const before = await record();
    expect(await bench.perform(change(), [await arrive('UPDATE', { UIN: uin, city: 'Rabat' })])).toEqual([
      refuse('ENR-IDN-002'),
    ]);
    expect(await record()).toEqual(before);
  });

  test('goes on when somebody else writes the record at the same moment', async () => {
    const both = [
      await arrive('UPDATE', { UIN: uin, city: 'Rabat' }),
      await arrive('UPDATE', { UIN: uin, phone: '0611' }),
    ];
    const outcomes = await Promise.all(both.map((one) => bench.perform(change(), [one])));
    expect(outcomes).toEqual([[NEXT], [NEXT]]);
    expect(contentOf((await record()).sealed)).toMatchObject({ identity: { city: 'Rabat', phone: '0611' } });
  });
});

describe('switch-identity', () => {
  test('deactivates a number, activates it again, and says which was so already', async () => {
    const [off, offAgain] = [await arrive('DEACTIVATE', { UIN: uin }), await arrive('DEACTIVATE', { UIN: uin })];
    const [on, onAgain] = [await arrive('ACTIVATE', { UIN: uin }), await arrive('ACTIVATE', { UIN: uin })];
    expect(await bench.perform(flip(), [off])).toEqual([NEXT]);
    expect((await record()).state).toBe('deactivated');
    expect(await bench.perform(flip(), [offAgain])).toEqual([refuse('ENR-IDN-004')]);
    expect(await bench.perform(flip(), [on])).toEqual([NEXT]);
    expect((await record()).state).toBe('active');
    expect(await bench.perform(flip(), [onAgain])).toEqual([refuse('ENR-IDN-003')]);
  });

  test('does it once for each registration, and not again when others have switched it back', async () => {
    const off = await arrive('DEACTIVATE', { UIN: uin });
    await bench.perform(flip(), [off]);
    await bench.perform(flip(), [await arrive('ACTIVATE', { UIN: uin })]);
    expect(await bench.perform(flip(), [off])).toEqual([NEXT]);
    expect((await record()).state).toBe('active');
  });

  test('rejects a number that nobody has', async () => {
    const batch = [await arrive('DEACTIVATE', { UIN: '9999999999' }), await arrive('ACTIVATE', {})];
    expect(await bench.perform(flip(), batch)).toEqual([refuse('ENR-IDN-001'), refuse('ENR-IDN-001')]);
  });

  test('has no place in the flow of another process', async () => {
    await expect(bench.perform(flip(), [await arrive('UPDATE', { UIN: uin })])).rejects.toThrow('does not switch');
  });
});
