import { describe, expect, it } from 'vitest';
import { ROLES } from '../../../people/person.ts';
import { hashOf, mayChange, maySee, type Page, pageFor, parsePage, sectionsOf } from './pages.ts';

const STATION = '1000110077';
const RID = '10001100770000120261120090000';

describe('The pages of a role', () => {
  it('are these', () => {
    expect(Object.fromEntries(ROLES.map((role) => [role, sectionsOf([role])]))).toEqual({
      administrator: ['stations', 'registrations', 'deadLetters', 'pauseRules', 'people', 'services', 'audit'],
      operations: ['stations', 'registrations', 'deadLetters', 'pauseRules'],
      adjudicator: [],
      supervisor: ['stations', 'registrations'],
      auditor: ['stations', 'registrations', 'deadLetters', 'pauseRules', 'people', 'services', 'audit'],
    });
  });

  it('add up for whoever has several', () => {
    expect(sectionsOf(['supervisor', 'operations'])).toEqual([
      'stations',
      'registrations',
      'deadLetters',
      'pauseRules',
    ]);
  });

  it('let nobody but an administrator change stations and people, and nobody but those who keep the pipeline give orders to registrations', () => {
    const may = (subject: Parameters<typeof mayChange>[1]) => ROLES.filter((role) => mayChange([role], subject));
    expect([may('stations'), may('people'), may('pipeline')]).toEqual([
      ['administrator'],
      ['administrator'],
      ['administrator', 'operations'],
    ]);
  });

  it('include the own account for everyone, and an invitation only where stations may be changed', () => {
    expect(ROLES.filter((role) => maySee([role], { page: 'account' }))).toEqual([...ROLES]);
    expect(ROLES.filter((role) => maySee([role], { page: 'invite' }))).toEqual(['administrator']);
  });
});

describe('An address', () => {
  it.each<[Page]>([
    [{ page: 'stations' }],
    [{ page: 'invite' }],
    [{ page: 'station', station: STATION }],
    [{ page: 'registrations' }],
    [{ page: 'registrations', rid: RID }],
    [{ page: 'deadLetters' }],
    [{ page: 'pauseRules' }],
    [{ page: 'people' }],
    [{ page: 'services' }],
    [{ page: 'audit' }],
    [{ page: 'account' }],
  ])('of %o is read back as it was written', (page) => {
    expect(parsePage(hashOf(page))).toEqual(page);
  });

  it.each(['#/nowhere', '#/stations/12', '#/registrations/x', '#/__proto__', '#/stations/invite/..'])(
    '%s is none',
    (hash) => {
      expect(parsePage(hash)).toBeUndefined();
    },
  );

  it('that is empty, none or not for this role leads to the first page there is', () => {
    expect(pageFor(['supervisor'], '')).toEqual({ page: 'stations' });
    expect(pageFor(['supervisor'], '#/people')).toEqual({ page: 'stations' });
    expect(pageFor(['auditor'], '#/people')).toEqual({ page: 'people' });
    expect(pageFor(['auditor'], '#/stations/invite')).toEqual({ page: 'stations' });
    expect(pageFor(['adjudicator'], '#/stations')).toEqual({ page: 'account' });
  });
});
