import { describe, expect, it } from 'vitest';
import { cookiesOf, MINUTE_MS, openTestPeople, outcomeOf, PASSWORD } from './people.fixture.ts';
import { sessionCookie } from './session-cookie.ts';

const HOUR_MS = 60 * MINUTE_MS;

describe('a session', () => {
  it('lets its person in at every gateway', async () => {
    const test = await openTestPeople();
    const cookies = await test.enter('amina');
    expect(await test.gateway().authenticatePerson(cookies, undefined)).toEqual({
      actor: { id: 'amina', kind: 'person', roles: ['operations'], centers: 'all' },
      by: 'session',
    });
  });

  it('ends after thirty minutes without a request, and lasts while there are some', async () => {
    const test = await openTestPeople();
    const cookies = await test.enter('amina');
    for (let n = 0; n < 4; n += 1) {
      test.pass(29 * MINUTE_MS);
      expect(await outcomeOf(test.people.authenticatePerson(cookies, undefined))).toBe('ok');
    }
    test.pass(30 * MINUTE_MS + 1);
    expect(await outcomeOf(test.people.authenticatePerson(cookies, undefined))).toBe('ENR-PPL-004');
  });

  it('ends after twelve hours, however much is asked for', async () => {
    const test = await openTestPeople();
    const cookies = await test.enter('amina');
    for (let n = 0; n < 12 * 4; n += 1) {
      test.pass(HOUR_MS / 4);
      expect(await outcomeOf(test.people.authenticatePerson(cookies, undefined)), String(n)).toBe('ok');
    }
    test.pass(1);
    expect(await outcomeOf(test.people.authenticatePerson(cookies, undefined))).toBe('ENR-PPL-004');
  });

  it('is not kept from ending by looking on', async () => {
    const test = await openTestPeople();
    const cookies = await test.enter('amina');
    test.pass(20 * MINUTE_MS);
    expect(await test.people.stillThere(cookies, undefined)).toMatchObject({ id: 'amina' });
    test.pass(11 * MINUTE_MS);
    expect(await test.people.stillThere(cookies, undefined)).toBeUndefined();
  });

  it('is written at most once a minute', async () => {
    const test = await openTestPeople();
    const cookies = await test.enter('amina');
    const revisions = new Set<string>();
    for (let n = 0; n < 20; n += 1) {
      test.pass(10_000);
      await test.people.authenticatePerson(cookies, undefined);
      const [session] = await test.databases.sessions.range({ start: '0', end: 'g', limit: 2, descending: true });
      revisions.add(session?._rev ?? '');
    }
    expect(revisions.size).toBeLessThanOrEqual(4);
  });

  it('is of a token that stands nowhere', async () => {
    const test = await openTestPeople();
    const entered = cookiesOf(await test.people.signInByLink((await add(test, 'amina')).link));
    const stored = JSON.stringify(await test.databases.sessions.range({ start: '', end: '\u{10ffff}', limit: 10 }));
    expect(stored).not.toContain(entered['enroute-session']);
  });

  it('is gone after signing out, everywhere', async () => {
    const test = await openTestPeople();
    const cookies = await test.enter('amina');
    expect(await test.people.signOut(cookies)).toMatch(/^enroute-session=; Max-Age=0;/);
    expect(await outcomeOf(test.gateway().authenticatePerson(cookies, undefined))).toBe('ENR-PPL-004');
  });

  it('is swept when it has ended, and only then', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    test.pass(20 * MINUTE_MS);
    const late = await test.enter('bao');
    test.pass(20 * MINUTE_MS);
    // Of both people: the session of the link and the one of the new password.
    expect(await test.people.sweep()).toBe(2);
    expect(await outcomeOf(test.people.authenticatePerson(late, undefined))).toBe('ok');
    expect(await test.people.sweep()).toBe(0);
  });
});

describe('a stolen cookie', () => {
  const scenes = ['another password', 'other roles', 'closing', 'a new link', 'a second factor'] as const;
  it.each(scenes)('is worth nothing after %s', async (what) => {
    const test = await openTestPeople();
    await test.enter('head', ['administrator']);
    const stolen = await test.enter('amina');
    const { administration } = test.people;
    const given = { roles: ['auditor'], centers: 'all' } as const;
    let own: object | undefined;
    if (what === 'another password') {
      own = cookiesOf(await test.people.changePassword('amina', PASSWORD, 'five other words entirely'));
    } else if (what === 'other roles') await administration.change('amina', { ...given, state: 'active' });
    else if (what === 'closing') await administration.close('amina');
    else if (what === 'a new link') await administration.giveLink('amina');
    else await test.secondFactor('amina');
    expect(await outcomeOf(test.gateway().authenticatePerson(stolen, undefined))).toBe('ENR-PPL-004');
    if (own) expect(await outcomeOf(test.people.authenticatePerson({ ...own }, undefined))).toBe('ok');
  });

  it('is no place to try passwords: they count as at the sign-in', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    for (let n = 0; n < 5; n += 1) {
      expect(await outcomeOf(test.people.changePassword('amina', 'a guess', PASSWORD))).toBe('ENR-PPL-001');
    }
    expect(await outcomeOf(test.people.signIn({ id: 'amina', password: PASSWORD }))).toBe('ENR-PPL-003');
  });
});

describe('the cookie', () => {
  it('is for this host, TLS and no script, where the gateway is reached over TLS', () => {
    expect(sessionCookie('token', true)).toBe('__Host-enroute=token; Path=/; HttpOnly; Secure; SameSite=Lax');
    expect(sessionCookie('token', false)).toBe('enroute-session=token; Path=/; HttpOnly; SameSite=Lax');
  });

  it('counts under its one name only: one of the other name may be planted from plain HTTP', async () => {
    const test = await openTestPeople();
    const cookies = await test.enter('amina');
    const secure = test.gateway({ secureCookies: true });
    expect(await outcomeOf(secure.authenticatePerson(cookies, undefined))).toBe('ENR-PPL-004');
  });
});

function add({ people }: Awaited<ReturnType<typeof openTestPeople>>, id: string) {
  return people.administration.create(id, { roles: ['operations'], centers: 'all' });
}
