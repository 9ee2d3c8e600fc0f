import { describe, expect, it } from 'vitest';
import type { Database } from '../store/store.ts';
import { openTestPeople, outcomeOf, type TestPeople } from './people.fixture.ts';
import type { Role } from './person.ts';

const ADMINISTRATOR = { roles: ['administrator'], centers: 'all', state: 'active' } as const;
const BOTH = { ...ADMINISTRATOR, roles: ['administrator', 'auditor'] } as const;
const AUDITOR = { ...ADMINISTRATOR, roles: ['auditor'] } as const;

async function withPeople(...people: readonly (readonly [string, Role])[]): Promise<TestPeople> {
  const test = await openTestPeople();
  for (const [id, role] of people) await test.people.administration.create(id, { roles: [role], centers: 'all' });
  return test;
}

async function administrators({ people }: TestPeople): Promise<string[]> {
  const all = await people.administration.list();
  return all.filter(({ roles, state }) => state === 'active' && roles.includes('administrator')).map(({ id }) => id);
}

/** A gateway at which others get a turn, once: just after it has read that document for the first, second … time. */
function interrupted(test: TestPeople, reading: string, time: number, turn: () => Promise<unknown>) {
  const { people } = test.databases;
  let reads = 0;
  const database = new Proxy(people, {
    get: (_people, name: keyof Database) => {
      if (name === 'get')
        return async (id: string) => {
          const doc = await people.get(id);
          if (id === reading && ++reads === time) await turn();
          return doc;
        };
      const value: unknown = people[name];
      return typeof value === 'function' ? value.bind(people) : value;
    },
  });
  return test.gateway({ people: database }).administration;
}

describe('the last administrator', () => {
  it('can neither be closed nor lose the role', async () => {
    const test = await withPeople(['amina', 'administrator']);
    const { administration } = test.people;
    expect(await outcomeOf(administration.close('amina'))).toBe('ENR-PPL-011');
    expect(await outcomeOf(administration.change('amina', AUDITOR))).toBe('ENR-PPL-011');
    await administration.create('bao', { roles: ['administrator'], centers: 'all' });
    expect(await outcomeOf(administration.close('amina'))).toBe('ok');
    expect(await outcomeOf(administration.close('bao'))).toBe('ENR-PPL-011');
  });

  it('stays, when two gateways close the last two at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const test = await withPeople(['amina', 'administrator'], ['bao', 'administrator']);
      const closing = [test.people.administration.close('amina'), test.gateway().administration.close('bao')];
      expect((await Promise.all(closing.map(outcomeOf))).toSorted()).toEqual(['ENR-PPL-011', 'ok']);
      expect(await administrators(test)).toHaveLength(1);
    }
  });

  it('stays, when the role comes to a person between the reading and the writing of a change that takes it', async () => {
    const test = await withPeople(['amina', 'auditor'], ['bao', 'administrator']);
    const slow = interrupted(test, 'person:amina', 1, async () => {
      await test.people.administration.change('amina', ADMINISTRATOR);
      await test.people.administration.close('bao');
    });
    expect(await outcomeOf(slow.change('amina', AUDITOR))).toBe('ENR-PPL-011');
    expect(await administrators(test)).toEqual(['amina']);
  });

  it('stays, when a person who has left the roster is put into it anew before the record is changed', async () => {
    const test = await withPeople(['amina', 'administrator'], ['bao', 'administrator']);
    // Read first before leaving, then for the change of the record.
    const slow = interrupted(test, 'person:amina', 2, async () => {
      await test.people.administration.change('amina', BOTH);
      await test.people.administration.close('bao');
    });
    expect(await outcomeOf(slow.change('amina', AUDITOR))).toBe('ENR-PPL-011');
    expect(await administrators(test)).toEqual(['amina']);
  });

  it('stays, when the roster is told late of somebody who has lost the role since', async () => {
    const test = await withPeople(['amina', 'administrator'], ['bao', 'administrator']);
    const late = interrupted(test, 'administrators', 1, async () => {
      await test.people.administration.change('amina', AUDITOR);
    });
    await late.change('amina', BOTH);
    expect(await outcomeOf(test.people.administration.close('bao'))).toBe('ENR-PPL-011');
    expect(await administrators(test)).toEqual(['bao']);
  });

  it('is there, whatever many gateways do to several at once', async () => {
    const ids = ['amina', 'bao', 'chidi', 'dana'];
    const test = await withPeople(...ids.map((id) => [id, 'administrator'] as const));
    const change = (id: string, roles: readonly Role[]) =>
      outcomeOf(test.gateway().administration.change(id, { roles, centers: 'all', state: 'active' }));
    const storm = ids.flatMap((id) => [
      change(id, ['auditor']),
      change(id, ['administrator']),
      change(id, ['auditor']),
    ]);
    const others = (await Promise.all(storm)).filter((outcome) => outcome !== 'ok' && outcome !== 'ENR-PPL-011');
    expect(others).toEqual([]);
    expect(await administrators(test)).not.toEqual([]);
  });

  it('counts again once saved, after a crash half-way out of the role', async () => {
    const test = await withPeople(['amina', 'administrator'], ['bao', 'administrator']);
    const crashing = interrupted(test, 'person:amina', 2, () => Promise.reject(new Error('killed')));
    await expect(crashing.change('amina', AUDITOR)).rejects.toThrow('killed');
    expect(await outcomeOf(test.people.administration.close('bao'))).toBe('ENR-PPL-011');
    await test.people.administration.change('amina', ADMINISTRATOR);
    expect(await outcomeOf(test.people.administration.close('bao'))).toBe('ok');
  });
});
