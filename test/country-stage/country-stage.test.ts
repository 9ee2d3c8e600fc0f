/** The worked example of docs/adding-a-stage.md, run: an ID system that a country has had for long is asked by a stage. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COUNTRY, openCountryCore } from './country-core.fixture.ts';
import { openIdSystem, type Standing } from './id-system.fixture.ts';

const ALIVE = '1990/01/02';
const DEAD = '1991/03/04';
const UNKNOWN = '1992/05/06';
const TOO_OLD = '1920/01/01';
const STANDINGS: Record<string, Standing> = { [ALIVE]: 'alive', [DEAD]: 'dead' };

describe('a country with an ID system of its own', () => {
  it('has each registration go on, be refused or take a way of its own, as that system says', async () => {
    const register = await openIdSystem(STANDINGS);
    const country = await openCountryCore(register.port);
    const [alive, dead, unknown] = [
      await country.arrive(ALIVE),
      await country.arrive(DEAD),
      await country.arrive(UNKNOWN),
    ];
    await country.work();
    const known = await country.reaches(alive, 'COMPLETED');
    expect(known.flow).toEqual({ name: 'NEW', version: 1000 });
    expect(known.facts.country).toEqual({ bornInYear: 1990, recordFound: true });
    const refused = await country.reaches(dead, 'REJECTED');
    expect(refused.verdict).toEqual({ state: 'REJECTED', code: 'ENR-CTY-001' });
    expect(refused.facts.country).toMatchObject({ refusal: 'UT-CIV-014' });
    expect(await country.core.sent(`receipt:${dead}:OUTCOME`)).toHaveLength(1);
    expect((await country.reaches(unknown, 'COMPLETED')).facts.country).toMatchObject({ recordFound: false });
    for (const { identity } of register.asked)
      expect(Object.keys(identity).sort()).toEqual(['dateOfBirth', 'fullName']);
  });

  it("is refused by the country's module before the ID system is asked", async () => {
    const register = await openIdSystem(STANDINGS);
    const country = await openCountryCore(register.port);
    const rid = await country.arrive(TOO_OLD);
    await country.work();
    const { verdict, facts } = await country.reaches(rid, 'REJECTED');
    expect(verdict?.code).toBe('ENR-CTY-003');
    expect(facts.country).toEqual({ refusal: 'UT-RES-001' });
    expect(register.asked).toEqual([]);
  });

  it('waits for an answer that comes later, however often it comes, and asks no second time', async () => {
    const register = await openIdSystem(STANDINGS);
    register.answerLater();
    const country = await openCountryCore(register.port);
    const [alive, dead] = [await country.arrive(ALIVE), await country.arrive(DEAD)];
    await country.work();
    const { parked } = await country.reaches(alive, 'PARKED');
    await country.reaches(dead, 'PARKED');
    expect(parked).toMatchObject({ reason: 'answer', key: register.asked[0]?.key });
    expect(await register.sendOwed(country.gateway, 2)).toEqual([202, 202, 202, 202]);
    expect(await country.deliver()).toBe(2);
    const { facts, answer } = await country.reaches(alive, 'COMPLETED');
    expect(facts.country).toMatchObject({ recordFound: true });
    expect(answer).toBeUndefined();
    await country.reaches(dead, 'REJECTED');
    expect(register.asked).toHaveLength(2);
  });

  it('does not lose an answer that is there before the wait is', async () => {
    const register = await openIdSystem(STANDINGS);
    const country = await openCountryCore(register.port);
    register.answerLater(async () => {
      expect(await register.sendOwed(country.gateway)).toEqual([202]);
      await country.deliver();
    });
    const rid = await country.arrive(ALIVE);
    await country.work();
    const { history } = await country.reaches(rid, 'COMPLETED');
    const atRegister = history.filter(({ stage }) => stage === 'civil-register').map(({ outcome }) => outcome);
    expect(atRegister).toEqual(['park', 'wake', 'next']);
    expect(register.asked).toHaveLength(1);
  });

  it('loses nothing while its ID system is down', async () => {
    const register = await openIdSystem(STANDINGS);
    const country = await openCountryCore(register.port);
    await register.down();
    const rid = await country.arrive(ALIVE);
    await country.work();
    await expect
      .poll(async () => (await country.core.get(rid)).history.at(-1), { timeout: 15_000 })
      .toMatchObject({ stage: 'civil-register', outcome: 'retry', code: 'ENR-STG-001' });
    await register.up();
    await country.reaches(rid, 'COMPLETED');
  });
});

describe('docs/adding-a-stage.md', () => {
  const page = (): Promise<string> => readFile(join(import.meta.dirname, '../../docs/adding-a-stage.md'), 'utf8');
  const fileOf = (name: string): Promise<string> => readFile(join(COUNTRY, name), 'utf8');

  it.each(['core.yaml', 'residence.ts', 'register-service.ts'])('shows %s as it is run here', async (name) => {
    expect(await page()).toContain(await fileOf(name));
  });

  it.each([
    ['the steps', '  - stage: residence', '\n  - stage: uin'],
    ['the end of the wait', '  # Seven days', '\nsteps:'],
  ])('shows %s of new.yaml as they are run here', async (_what, from, to) => {
    const file = await fileOf('new.yaml');
    const [start, end] = [file.indexOf(from), file.indexOf(to)];
    expect(start).toBeGreaterThan(0);
    expect(end).toBeGreaterThan(start);
    expect(await page()).toContain(file.slice(start, end));
  });
});
