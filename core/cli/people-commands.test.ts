import { describe, expect, it } from 'vitest';
import { openTestSite } from './core-site.fixture.ts';
import { peopleCommands } from './people-commands.ts';

const open = () => openTestSite((site) => [peopleCommands(site)]);
const linkIn = (said: readonly string[]): string => /^console\/#link=([\w-]{43})$/.exec(said.at(-1) ?? '')?.[1] ?? '';

describe('`enroute core person`', () => {
  it('adds a person by a link that lets them in once, and says who they are in the list', async () => {
    const site = await open();
    const { said } = await site.run('person', 'add', 'amina', '--role', 'administrator', '--role', 'auditor');
    expect(said[0]).toMatch(/^amina signs in once, until \d{4}-/);
    const { standing } = await site.core.people.signInByLink(linkIn(said));
    expect(standing).toMatchObject({ actor: { id: 'amina' }, mustChangePassword: true });
    await site.run('person', 'add', 'bao', '--role', 'supervisor', '--center', '10001', '--center', '10002');
    expect((await site.run('person', 'list')).said).toEqual([
      expect.stringMatching(/^amina {2}active {2}administrator, auditor {2}every center {2}last 2/),
      'bao  active  supervisor  10001 10002  never signed in',
    ]);
    const added = (await site.audit()).filter(({ act }) => act === 'person.add');
    expect(added.map(({ by, done, outcome }) => [by, done, outcome])).toEqual([
      ['cli:test', 'person amina: administrator, auditor', 'begun'],
      ['cli:test', 'person amina: administrator, auditor', 'done'],
      ['cli:test', 'person bao: supervisor', 'begun'],
      ['cli:test', 'person bao: supervisor', 'done'],
    ]);
    expect(JSON.stringify(await site.audit())).not.toContain(linkIn(said));
  });

  it('gives a new link, which ends the one before, and closes a person, but not the last administrator', async () => {
    const site = await open();
    const first = linkIn((await site.run('person', 'add', 'amina', '--role', 'administrator')).said);
    const second = linkIn((await site.run('person', 'link', 'amina', '--hours', '1')).said);
    await expect(site.core.people.signInByLink(first)).rejects.toMatchObject({ code: 'ENR-PPL-006' });
    expect((await site.core.people.signInByLink(second)).standing.actor.id).toBe('amina');
    await expect(site.run('person', 'close', 'amina')).rejects.toMatchObject({ code: 'ENR-PPL-011' });
    await site.run('person', 'add', 'bao', '--role', 'administrator');
    expect((await site.run('person', 'close', 'amina')).said).toEqual(['amina is closed.']);
    const closing = (await site.audit()).filter(({ act }) => act === 'person.close');
    expect(closing.map(({ outcome }) => outcome)).toEqual(['begun', 'ENR-PPL-011', 'begun', 'done']);
  });

  it('refuses what can be no id, role, center or time before anything is done', async () => {
    const site = await open();
    const wrong = [
      ['add', 'Amina', '--role', 'auditor'],
      ['add', 'amina', '--role', 'king'],
      ['add', 'amina', '--role', 'supervisor', '--center', '1'],
      ['add', 'amina', '--role', 'auditor', '--hours', '169'],
      ['link', 'a b'],
    ];
    for (const args of wrong) await expect(site.run('person', ...args), args.join(' ')).rejects.toThrow('invalid');
    await expect(site.run('person', 'link', 'nobody')).rejects.toMatchObject({ code: 'ENR-PPL-009' });
    expect((await site.run('person', 'list')).said).toEqual([]);
  });
});
