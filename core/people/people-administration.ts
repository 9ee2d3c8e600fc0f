/** What administrators do with people: enter them, change what they may do, close them, and give them a way in. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { MAX_BATCH } from '../store/store.ts';
import type { AdministratorRoster } from './last-administrator.ts';
import { corePersonIdSchema } from './person.ts';
import type { PersonRecord, PersonRecords } from './person-records.ts';
import { type Given, requireFitting } from './role-policy.ts';
import type { SignInLink, SignInLinks } from './sign-in-links.ts';
import type { SignInTries } from './sign-in-tries.ts';

export interface PersonSummary extends Given {
  readonly id: string;
  readonly state: 'active' | 'closed';
  /** Whether it is on. */
  readonly secondFactor: boolean;
  /** To whoever comes from where the person has never signed in from. */
  readonly locked: boolean;
  readonly lastSignIn: string | null;
}

export interface PersonChange extends Given {
  readonly state: 'active' | 'closed';
}

export interface PeopleAdministration {
  /** @throws EnrouteError ENR-PPL-010 when there is one of this id, ENR-PPL-014 when the roles do not go with the centers. */
  create(id: string, given: Given, validHours?: number): Promise<SignInLink>;
  /** @throws EnrouteError ENR-PPL-009, ENR-PPL-011 when it is the last administrator, ENR-PPL-014. */
  change(id: string, change: PersonChange): Promise<void>;
  /** Keeps somebody out from now on. @throws EnrouteError ENR-PPL-009, ENR-PPL-011. */
  close(id: string): Promise<void>;
  /**
   * A new way in: takes back password, second factor, sessions, earlier links and what is known of where they sign in from.
   * @throws EnrouteError ENR-PPL-009 when there is none, or they are closed.
   */
  giveLink(id: string, validHours?: number): Promise<SignInLink>;
  list(): Promise<PersonSummary[]>;
}

interface Parts {
  readonly records: PersonRecords;
  readonly roster: AdministratorRoster;
  readonly links: SignInLinks;
  readonly tries: SignInTries;
  readonly now: () => Date;
}

/** Others may change the same person at the same time; each time somebody did, it is looked at once more. */
const MAX_ROUNDS = 10;

export function openPeopleAdministration({ records, roster, links, tries, now }: Parts): PeopleAdministration {
  const tellRoster = (record: PersonRecord): Promise<void> =>
    roster.tell({ id: record.id, generation: record.generation, administers: administers(record) });

  async function change(id: string, wanted: Partial<PersonRecord>): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const before = await records.get(id);
      if (!before) throw new EnrouteError('ENR-PPL-009');
      const leaves = losesRole(before, wanted);
      if (leaves && !(await roster.leave(id, before.generation))) continue;
      const changed = await records.changeIf(id, (present) => {
        // Others have changed the record since: who loses the role by this may have come by it just now, and not have left.
        const isAsRead = present.generation === before.generation;
        if (losesRole(present, wanted) && !(leaves && isAsRead)) return undefined;
        return { ...present, ...wanted, generation: present.generation + 1 };
      });
      if (!changed) continue;
      return tellRoster(changed);
    }
    throw new EnrouteError('ENR-WEB-002', 'others are changing the same person');
  }

  return {
    create: async (id, given, validHours) => {
      requireFitting(given, 'person');
      const record: PersonRecord = {
        v: 1,
        id: corePersonIdSchema.parse(id),
        ...plain(given),
        state: 'active',
        generation: 0,
        createdAt: now().toISOString(),
      };
      await records.create(record);
      await tellRoster(record);
      return links.create(id, record.generation, validHours);
    },
    change: async (id, wanted) => {
      requireFitting(wanted, 'person');
      await change(id, { ...plain(wanted), state: wanted.state });
    },
    close: (id) => change(id, { state: 'closed' }),
    giveLink: async (id, validHours) => {
      const record = await records.change(id, (present) => {
        if (present.state !== 'active') throw new EnrouteError('ENR-PPL-009');
        const { password, secondFactor, secondFactorOffered, familiar, ...rest } = present;
        return { ...rest, generation: present.generation + 1 };
      });
      return links.create(id, record.generation, validHours);
    },
    list: async () => {
      const people = await records.list();
      const found: PersonSummary[] = [];
      for (let from = 0; from < people.length; from += MAX_BATCH) {
        const page = people.slice(from, from + MAX_BATCH);
        const locked = await tries.lockedAmong(page.map(({ id }) => id));
        found.push(...page.map((record) => summaryOf(record, locked.has(record.id))));
      }
      return found;
    },
  };
}

function losesRole(before: PersonRecord, wanted: Partial<PersonRecord>): boolean {
  return administers(before) && !administers({ ...before, ...wanted });
}

function administers({ roles, state }: Pick<PersonChange, 'roles' | 'state'>): boolean {
  return state === 'active' && roles.includes('administrator');
}

function plain({ roles, centers }: Given): Pick<PersonRecord, 'roles' | 'centers'> {
  return { roles: [...roles], centers: centers === 'all' ? 'all' : [...centers] };
}

function summaryOf(record: PersonRecord, locked: boolean): PersonSummary {
  const { id, roles, centers, state, lastSignIn = null } = record;
  return { id, roles, centers, state, secondFactor: record.secondFactor !== undefined, locked, lastSignIn };
}
