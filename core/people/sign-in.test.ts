import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MINUTE_MS, openTestPeople, outcomeOf, PASSWORD, type TestPeople } from './people.fixture.ts';

const wrong = (people: TestPeople['people'], id = 'amina') =>
  outcomeOf(people.signIn({ id, password: 'not it at all' }));
const right = (people: TestPeople['people'], code?: string) =>
  outcomeOf(people.signIn({ id: 'amina', password: PASSWORD, code }));

describe('wrong passwords in a row', () => {
  it('lock after the fifth, for a minute, then for twice as long each time, up to an hour', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    for (let n = 0; n < 5; n += 1) expect(await wrong(test.people)).toBe('ENR-PPL-001');
    const lockMinutes: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      expect(await right(test.people)).toBe('ENR-PPL-003');
      const refusal = await test.people.signIn({ id: 'amina', password: PASSWORD }).catch((error) => error);
      lockMinutes.push(refusal.facts.retryAfterSeconds / 60);
      test.pass(refusal.facts.retryAfterSeconds * 1_000);
      expect(await wrong(test.people)).toBe('ENR-PPL-001');
    }
    expect(lockMinutes).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('are forgotten when all is right, and not when only the password is', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    const code = await test.secondFactor('amina');
    for (let n = 0; n < 4; n += 1) expect(await wrong(test.people)).toBe('ENR-PPL-001');
    expect(await right(test.people, code())).toBe('ok');
    for (let n = 0; n < 5; n += 1) expect(await right(test.people, '000000')).toBe('ENR-PPL-002');
    expect(await right(test.people, code())).toBe('ENR-PPL-003');
  });

  it('are counted by two gateways together, however many try at the same moment', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    const gateways = [test.gateway(), test.gateway()];
    const tries = Array.from({ length: 30 }, (_none, n) => wrong(gateways[n % 2] ?? test.people));
    const outcomes = await Promise.all(tries);
    expect(outcomes.filter((outcome) => outcome === 'ENR-PPL-001')).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === 'ENR-PPL-003')).toHaveLength(25);
    expect(await right(test.gateway())).toBe('ENR-PPL-003');
  });

  it('lock an id that nobody has just the same, and say the same', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    const said = async (id: string): Promise<string[]> => {
      const outcomes: string[] = [];
      for (let n = 0; n < 7; n += 1) outcomes.push(await wrong(test.people, id));
      return outcomes;
    };
    expect(await said('nobody')).toEqual(await said('amina'));
    const ids = (await test.databases.people.range({ start: 'tries:', end: 'tries;', limit: 10 })).map(
      ({ _id }) => _id,
    );
    expect(ids).toEqual([expect.stringMatching(/^tries:\?\d+$/), 'tries:amina']);
  });

  it('of strangers lock strangers, however long they go on, and nobody who comes from where they signed in before', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    const from = (network: string, password: string) =>
      outcomeOf(test.people.signIn({ id: 'amina', password, network }));
    expect(await from('192.0.2.1', PASSWORD)).toBe('ok');
    for (let day = 0; day < 3; day += 1) {
      for (let hour = 0; hour < 24; hour += 1) {
        test.pass(60 * MINUTE_MS);
        for (let n = 0; n < 6; n += 1) await from(`198.51.100.${hour}`, 'not it at all');
      }
      expect(await from('203.0.113.5', PASSWORD), 'from somewhere new').toBe('ENR-PPL-003');
      expect(await from('192.0.2.1', PASSWORD), 'from where they were').toBe('ok');
    }
    for (let n = 0; n < 5; n += 1) expect(await from('192.0.2.1', 'not it at all')).toBe('ENR-PPL-001');
    expect(await from('192.0.2.1', PASSWORD)).toBe('ENR-PPL-003');
  });

  it('of strangers keep nobody who is signed in from what they change of themselves', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    await test.people.signIn({ id: 'amina', password: PASSWORD, network: '192.0.2.1' });
    for (let n = 0; n < 6; n += 1) await wrong(test.people);
    const change = (network: string) =>
      outcomeOf(test.people.changePassword('amina', PASSWORD, 'five other words entirely', network));
    expect([await change('198.51.100.7'), await change('192.0.2.1')]).toEqual(['ENR-PPL-003', 'ok']);
  });

  it('are known of the last eight networks, which a new link takes back', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    const from = (n: number) =>
      outcomeOf(test.people.signIn({ id: 'amina', password: PASSWORD, network: `192.0.2.${n}` }));
    for (let n = 1; n <= 9; n += 1) expect(await from(n)).toBe('ok');
    for (let n = 0; n < 5; n += 1) await wrong(test.people);
    expect([await from(1), await from(2), await from(9)]).toEqual(['ENR-PPL-003', 'ok', 'ok']);
    const [doc] = await test.databases.people.getMany(['person:amina']);
    expect(JSON.stringify(doc)).not.toContain('192.0.2');
    await test.people.signInByLink((await test.people.administration.giveLink('amina')).link);
    await test.people.changePassword('amina', undefined, PASSWORD);
    for (let n = 0; n < 5; n += 1) await wrong(test.people);
    expect(await from(9)).toBe('ENR-PPL-003');
  });

  it('are forgotten after a day without one, of a person as of an id that nobody has', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    for (const id of ['amina', 'nobody']) {
      for (let n = 0; n < 5; n += 1) await wrong(test.people, id);
      expect(await wrong(test.people, id), id).toBe('ENR-PPL-003');
    }
    test.pass(24 * 60 * MINUTE_MS);
    for (const id of ['amina', 'nobody']) {
      expect(await wrong(test.people, id), id).toBe('ENR-PPL-001');
      expect(await wrong(test.people, id), id).toBe('ENR-PPL-003');
    }
    test.pass(24 * 60 * MINUTE_MS + 1);
    for (const id of ['amina', 'nobody']) {
      for (let n = 0; n < 5; n += 1) expect(await wrong(test.people, id), id).toBe('ENR-PPL-001');
    }
    test.pass(24 * 60 * MINUTE_MS + 1);
    await test.people.sweep();
    expect(await test.databases.people.range({ start: 'tries:', end: 'tries;', limit: 10 })).toEqual([]);
  });

  it('do not end a lock early, nor make it longer, when the clock is set back', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    for (let n = 0; n < 5; n += 1) await wrong(test.people);
    test.pass(-24 * 60 * MINUTE_MS);
    expect(await right(test.people)).toBe('ENR-PPL-003');
    test.pass(MINUTE_MS);
    expect(await right(test.people)).toBe('ok');
  });
});

it('spends a try whose gateway is killed while the password is being looked at', { timeout: 30_000 }, async () => {
  const { folder } = await openTestPeople();
  const script = join(import.meta.dirname, 'sign-in-until-killed.ts');
  const firstWord = async (quickTries: number): Promise<string> => {
    const gateway = spawn(process.execPath, [script, join(folder, 'other'), String(quickTries)]);
    const [said] = await once(gateway.stdout, 'data');
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
    return String(said).split('\n')[0] ?? '';
  };
  expect(await firstWord(4)).toBe('counted');
  expect(await firstWord(0)).toBe('ENR-PPL-003');
});

it('takes as long for an id that nobody has, or that is closed, as for a wrong password', {
  timeout: 30_000,
}, async () => {
  // So much that whatever else is done takes little of the time.
  const test = await openTestPeople({ derivation: { memoryKiB: 4 * 1_024, passes: 50 } });
  await test.enter('amina');
  await test.enter('closed');
  await test.people.administration.close('closed');
  const shortestMs = new Map<string, number>();
  // In turn, so that a machine that is busy for a while is so for all of them.
  for (let n = 0; n < 4; n += 1) {
    for (const id of ['amina', 'nobody', 'closed']) {
      const begunMs = performance.now();
      expect(await wrong(test.people, id)).toBe('ENR-PPL-001');
      shortestMs.set(id, Math.min(performance.now() - begunMs, shortestMs.get(id) ?? Number.POSITIVE_INFINITY));
    }
  }
  const known = shortestMs.get('amina') ?? 0;
  for (const id of ['nobody', 'closed']) expect((shortestMs.get(id) ?? 0) / known, id).toBeGreaterThan(0.4);
});

it('refuses who finds no place among those who sign in, before a try is counted', async () => {
  const test = await openTestPeople();
  await test.enter('amina');
  const ids = Array.from({ length: 60 }, (_none, n) => `somebody${n}`);
  const outcomes = await Promise.all(ids.map((id) => wrong(test.people, id)));
  expect(outcomes.filter((outcome) => outcome === 'ENR-PPL-001')).toHaveLength(34);
  expect(outcomes.filter((outcome) => outcome === 'ENR-PPL-007')).toHaveLength(26);
  expect(await right(test.people)).toBe('ok');
});

describe('a code of the second factor', () => {
  it('is good for one step before and after its own, and no further', async () => {
    for (const [stepsOff, outcome] of [
      [-2, 'ENR-PPL-002'],
      [-1, 'ok'],
      [0, 'ok'],
      [1, 'ok'],
      [2, 'ENR-PPL-002'],
    ] as const) {
      const test = await openTestPeople();
      await test.enter('amina');
      const code = await test.secondFactor('amina');
      test.pass(5 * MINUTE_MS);
      expect(await right(test.people, code(stepsOff)), String(stepsOff)).toBe(outcome);
    }
  });

  it('is good once, on whichever gateway, and none before it is good after it', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    const code = await test.secondFactor('amina');
    const [shown, before] = [code(0), code(-1)];
    const gateways = [test.gateway(), test.gateway(), test.gateway()];
    const outcomes = await Promise.all(gateways.map((people) => right(people, shown)));
    expect(outcomes.toSorted()).toEqual(['ENR-PPL-002', 'ENR-PPL-002', 'ok']);
    expect(await right(test.people, before)).toBe('ENR-PPL-002');
  });

  it('is asked for only after the password was right', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    await test.secondFactor('amina');
    expect(await right(test.people)).toBe('ENR-PPL-002');
    expect(await wrong(test.people)).toBe('ENR-PPL-001');
  });

  it('keeps its secret encrypted, bound to the person', async () => {
    const test = await openTestPeople();
    await test.enter('amina');
    const { secret } = await test.people.offerSecondFactor('amina', PASSWORD);
    const [doc] = await test.databases.people.getMany(['person:amina']);
    expect(JSON.stringify(doc)).toContain('secondFactorOffered');
    expect(JSON.stringify(doc)).not.toContain(secret);
  });
});

describe('a one-time link', () => {
  it('lets in once, whoever is first, and leads to choosing a password', async () => {
    const test = await openTestPeople();
    const { link } = await test.people.administration.create('amina', { roles: ['operations'], centers: 'all' });
    const entries = await Promise.allSettled([test.people, test.gateway()].map((people) => people.signInByLink(link)));
    const [entered] = entries.filter(({ status }) => status === 'fulfilled');
    expect(entered).toMatchObject({ value: { standing: { mustChangePassword: true, actor: { roles: [] } } } });
    expect(entries.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(await outcomeOf(test.people.signInByLink(link))).toBe('ENR-PPL-006');
  });

  it('is dead after its time, and when there is a later one', async () => {
    const test = await openTestPeople();
    const first = await test.people.administration.create('amina', { roles: ['operations'], centers: 'all' });
    const second = await test.people.administration.giveLink('amina', 2);
    expect(await outcomeOf(test.people.signInByLink(first.link))).toBe('ENR-PPL-006');
    test.pass(2 * 60 * MINUTE_MS);
    expect(await outcomeOf(test.people.signInByLink(second.link))).toBe('ENR-PPL-006');
    expect(await outcomeOf(test.people.signInByLink('anything'))).toBe('ENR-PPL-006');
  });
});
