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
   * A new way in: takes back password, second factor, sessions and earlier links.
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
  /** Has the roster say what the record says, even when another gateway changes the record meanwhile. */
  async function reflect(id: string): Promise<void> {
    let seen: number | undefined;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const record = await records.get(id);
      if (!record || record.generation === seen) return;
      seen = record.generation;
      if (administers(record)) await roster.enter(id);
      else await roster.drop(id);
    }
  }

  async function change(id: string, wanted: Partial<PersonRecord>): Promise<void> {
    const before = await records.get(id);
    if (!before) throw new EnrouteError('ENR-PPL-009');
    if (administers(before) && !administers({ ...before, ...wanted })) await roster.leave(id);
    await records.change(id, (present) => ({ ...present, ...wanted, generation: present.generation + 1 }));
    await reflect(id);
  }

  return {
    create: async (id, given, validHours) => {
      requireFitting(given, 'person');
      const generation = 0;
      await records.create({
        v: 1,
        id: corePersonIdSchema.parse(id),
        ...plain(given),
        state: 'active',
        generation,
        createdAt: now().toISOString(),
      });
      await reflect(id);
      return links.create(id, generation, validHours);
    },
    change: async (id, wanted) => {
      requireFitting(wanted, 'person');
      await change(id, { ...plain(wanted), state: wanted.state });
    },
    close: (id) => change(id, { state: 'closed' }),
    giveLink: async (id, validHours) => {
      const { generation } = await records.change(id, (present) => {
        if (present.state !== 'active') throw new EnrouteError('ENR-PPL-009');
        const { password, secondFactor, secondFactorOffered, ...rest } = present;
        return { ...rest, generation: present.generation + 1 };
      });
      return links.create(id, generation, validHours);
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
