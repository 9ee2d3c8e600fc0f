/**
 * Which pages there are, what stands in the address after `#`, and who sees what: one table of roles. It only keeps from
 * view what would be refused; what is allowed is the core's to say.
 */
import type { Role } from '../../../people/person.ts';

export type Page =
  | {
      readonly page: 'stations' | 'invite' | 'deadLetters' | 'pauseRules' | 'people' | 'services' | 'audit' | 'account';
    }
  | { readonly page: 'station'; readonly station: string }
  | { readonly page: 'registrations'; readonly rid?: string };

export type PageName = Page['page'];
/** What is in the bar of links. */
export type Section = 'stations' | 'registrations' | 'deadLetters' | 'pauseRules' | 'people' | 'services' | 'audit';
/** What can be changed, where not everyone who sees it may. */
export type Subject = 'stations' | 'pipeline' | 'people';

interface RoleView {
  readonly sees: readonly Section[];
  readonly changes: readonly Subject[];
}

const VIEW_OF_ROLE: Readonly<Record<Role, RoleView>> = {
  administrator: {
    sees: ['stations', 'registrations', 'deadLetters', 'pauseRules', 'people', 'services', 'audit'],
    changes: ['stations', 'pipeline', 'people'],
  },
  operations: { sees: ['stations', 'registrations', 'deadLetters', 'pauseRules'], changes: ['pipeline'] },
  supervisor: { sees: ['stations', 'registrations'], changes: [] },
  auditor: {
    sees: ['stations', 'registrations', 'deadLetters', 'pauseRules', 'people', 'services', 'audit'],
    changes: [],
  },
  adjudicator: { sees: [], changes: [] },
};

const SECTIONS: readonly Section[] = [
  'stations',
  'registrations',
  'deadLetters',
  'pauseRules',
  'people',
  'services',
  'audit',
];

/** In the order of the bar. */
export function sectionsOf(roles: readonly Role[]): Section[] {
  return SECTIONS.filter((section) => roles.some((role) => VIEW_OF_ROLE[role].sees.includes(section)));
}

export function mayChange(roles: readonly Role[], subject: Subject): boolean {
  return roles.some((role) => VIEW_OF_ROLE[role].changes.includes(subject));
}

/** The section that a page belongs to; one's own account belongs to none. */
export function sectionOf({ page }: Page): Section | undefined {
  if (page === 'account') return undefined;
  return page === 'station' || page === 'invite' ? 'stations' : page;
}

export function maySee(roles: readonly Role[], page: Page): boolean {
  if (page.page === 'invite') return mayChange(roles, 'stations');
  const section = sectionOf(page);
  return section === undefined || sectionsOf(roles).includes(section);
}

/** What is asked for where one may see it; otherwise one's first page, and where there is none one's own account. */
export function pageFor(roles: readonly Role[], hash: string): Page {
  const asked = parsePage(hash);
  if (asked && maySee(roles, asked)) return asked;
  const first = sectionsOf(roles)[0];
  return { page: first ?? 'account' };
}

const SIMPLE = {
  '': 'stations',
  stations: 'stations',
  'stations/invite': 'invite',
  registrations: 'registrations',
  'dead-letters': 'deadLetters',
  'pause-rules': 'pauseRules',
  people: 'people',
  services: 'services',
  audit: 'audit',
  account: 'account',
} as const satisfies Record<string, PageName>;

/** undefined for an address that is none of ours. */
export function parsePage(hash: string): Page | undefined {
  const path = hash.replace(/^#?\/?/, '');
  if (Object.hasOwn(SIMPLE, path)) return { page: SIMPLE[path as keyof typeof SIMPLE] };
  const station = /^stations\/(\d{10})$/.exec(path)?.[1];
  if (station) return { page: 'station', station };
  const rid = /^registrations\/(\d{29})$/.exec(path)?.[1];
  return rid ? { page: 'registrations', rid } : undefined;
}

export function hashOf(page: Page): string {
  if (page.page === 'station') return `#/stations/${page.station}`;
  if (page.page === 'registrations' && page.rid) return `#/registrations/${page.rid}`;
  const path = Object.entries(SIMPLE).find(([key, name]) => key !== '' && name === page.page)?.[0];
  return `#/${path ?? ''}`;
}
