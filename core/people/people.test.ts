import { describe, expect, it } from 'vitest';
import { cookiesOf, MINUTE_MS, openTestPeople, outcomeOf, PASSWORD } from './people.fixture.ts';
import type { Role } from './person.ts';

const DAY_MS = 24 * 60 * MINUTE_MS;

describe('an administrator or adjudicator', () => {
  it.each<Role>(['administrator', 'adjudicator'])(
    '(%s) may do nothing before the second factor is on',
    async (role) => {
      const test = await openTestPeople();
      const cookies = await test.enter('amina', [role]);
      const held = await test.people.standing(cookies);
      expect(held).toMatchObject({ mustSetUpSecondFactor: true, actor: { roles: [], centers: [] } });
      const code = await test.secondFactor('amina');
      const entered = await test.people.signIn({ id: 'amina', password: PASSWORD, code: code() });
      expect(entered.standing).toMatchObject({ mustSetUpSecondFactor: false, actor: { roles: [role] } });
      test.pass(MINUTE_MS);
      await test.people.removeSecondFactor('amina', PASSWORD, code());
      expect((await test.people.signIn({ id: 'amina', password: PASSWORD })).standing.actor.roles).toEqual([]);
    },
  );

  it('may do without in a pilot', async () => {
    const test = await openTestPeople({ demandSecondFactor: false });
    const cookies = await test.enter('amina', ['administrator']);
    expect((await test.people.authenticatePerson(cookies, undefined)).actor.roles).toEqual(['administrator']);
  });
});

describe('a second factor', () => {
  it('is removed with password and code only, and not replaced while it is on', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    const code = await test.secondFactor('amina');
    const { people } = test;
    expect(await outcomeOf(people.removeSecondFactor('amina', 'a guess', code()))).toBe('ENR-PPL-001');
    expect(await outcomeOf(people.removeSecondFactor('amina', PASSWORD, '000000'))).toBe('ENR-PPL-002');
    expect(await outcomeOf(people.offerSecondFactor('amina', PASSWORD))).toBe('ENR-PPL-012');
    expect(await outcomeOf(people.removeSecondFactor('amina', PASSWORD, code()))).toBe('ok');
    expect(await outcomeOf(people.signIn({ id: 'amina', password: PASSWORD }))).toBe('ok');
  });

  it('is on only after a code of it was shown', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    expect(await outcomeOf(test.people.confirmSecondFactor('amina', '123456'))).toBe('ENR-PPL-013');
    await test.people.offerSecondFactor('amina', PASSWORD);
    expect(await outcomeOf(test.people.confirmSecondFactor('amina', 'abcdef'))).toBe('ENR-PPL-002');
    expect((await test.people.signIn({ id: 'amina', password: PASSWORD })).standing.secondFactor).toBe(false);
  });
});

describe('a password', () => {
  it.each(['short', 'password12345', 'aaaaaaaaaaaaaa', 'amina.of.the.north', 'a'.repeat(300)])(
    'is refused: %s',
    async (password) => {
      const test = await openTestPeople();
      const id = 'amina.of.the.north';
      await test.enter(id);
      expect(await outcomeOf(test.people.changePassword(id, PASSWORD, password))).toBe('ENR-PPL-008');
    },
  );

  it('is the same however its letters are put together', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    await test.people.changePassword('amina', PASSWORD, 'caf\u00e9 au lait, merci');
    expect(await outcomeOf(test.people.signIn({ id: 'Amina ', password: 'cafe\u0301 au lait, merci' }))).toBe('ok');
  });
});

describe('a service', () => {
  const create = async () => {
    const test = await openTestPeople();
    const given = { roles: ['supervisor'], centers: ['10001'] } as const;
    const { secret } = await test.people.services.create('printer', given, 30);
    return { test, secret };
  };

  it('is let in by its secret until it expires or is removed, and nowhere near a session', async () => {
    const { test, secret } = await create();
    const ask = (shown: string) => outcomeOf(test.gateway().authenticatePerson({}, `Bearer ${shown}`));
    expect(await test.people.authenticatePerson({}, `Bearer ${secret}`)).toEqual({
      actor: { id: 'service:printer', kind: 'service', roles: ['supervisor'], centers: ['10001'] },
      by: 'service',
    });
    expect(await outcomeOf(test.people.signIn({ id: 'printer', password: secret }))).toBe('ENR-PPL-001');
    for (const wrong of [`${secret}a`, secret.slice(0, -1), secret.replace('printer', 'other'), 'printer', '']) {
      expect(await ask(wrong)).toBe('ENR-PPL-005');
    }
    test.pass(30 * DAY_MS);
    expect(await ask(secret)).toBe('ENR-PPL-005');
    await test.people.services.remove('printer');
    expect(await test.people.services.list()).toEqual([]);
  });

  it('keeps its secret to itself', async () => {
    const { test, secret } = await create();
    const stored = JSON.stringify(await test.databases.people.getMany(['service:printer']));
    expect(stored).not.toContain(secret.split('.')[1]);
    expect(JSON.stringify(await test.people.services.list())).not.toContain('secret');
  });

  it('holds no role that calls for a second factor, and no name twice', async () => {
    const { test } = await create();
    const add = (name: string, role: Role) =>
      outcomeOf(test.people.services.create(name, { roles: [role], centers: 'all' }, 1));
    expect(await add('other', 'administrator')).toBe('ENR-PPL-014');
    expect(await add('other', 'adjudicator')).toBe('ENR-PPL-014');
    expect(await add('printer', 'auditor')).toBe('ENR-PPL-010');
  });
});

it('a supervisor sees the centers that were given, and is given some; who sees the country sees all of them', async () => {
  const test = await openTestPeople({ demandSecondFactor: false });
  const { administration } = test.people;
  const given = { roles: ['supervisor'], centers: [] } as const;
  expect(await outcomeOf(administration.create('amina', given))).toBe('ENR-PPL-014');
  const actorOf = async (id: string, roles: readonly Role[]) => {
    const { link } = await administration.create(id, { roles, centers: ['10001'] });
    await test.people.signInByLink(link);
    const entered = await test.people.changePassword(id, undefined, PASSWORD);
    return (await test.people.authenticatePerson(cookiesOf(entered), undefined)).actor;
  };
  expect((await actorOf('bao', ['supervisor'])).centers).toEqual(['10001']);
  expect((await actorOf('chidi', ['supervisor', 'adjudicator'])).centers).toEqual(['10001']);
  expect((await actorOf('dana', ['supervisor', 'auditor'])).centers).toBe('all');
});
