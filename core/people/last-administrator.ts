/**
 * Who administers, in one document, so that of two gateways that take the role from the last two administrators at the same
 * moment only one can. It never names more than there are: who loses the role leaves it before their record is changed,
 * who gets it enters after. A crash in between leaves one out who has the role; saving that person once more mends it.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import type { Database, Doc } from '../store/store.ts';
import { changeDocument } from './change-document.ts';
import { corePersonIdSchema } from './person.ts';

const rosterSchema = z.strictObject({ v: z.literal(1), people: z.array(corePersonIdSchema).max(10_000) });

const ROSTER_ID = 'administrators';

export interface AdministratorRoster {
  enter(person: string): Promise<void>;
  /** @throws EnrouteError ENR-PPL-011 when there would be none left. */
  leave(person: string): Promise<void>;
  /** For somebody who does not have the role any more. */
  drop(person: string): Promise<void>;
}

export function openAdministratorRoster(database: Database): AdministratorRoster {
  const change = (work: (people: readonly string[]) => readonly string[] | undefined): Promise<unknown> =>
    changeDocument<Doc>(database, ROSTER_ID, (doc) => {
      const people = work(doc ? rosterOf(doc) : []);
      return people && ({ _id: ROSTER_ID, v: 1, people } as Doc);
    });
  return {
    enter: async (person) => {
      await change((people) => (people.includes(person) ? undefined : [...people, person].sort()));
    },
    leave: async (person) => {
      await change((people) => {
        if (people.every((other) => other === person)) throw new EnrouteError('ENR-PPL-011');
        return without(people, person);
      });
    },
    drop: async (person) => {
      await change((people) => without(people, person));
    },
  };
}

/** Undefined when there is nothing to change. */
function without(people: readonly string[], person: string): readonly string[] | undefined {
  return people.includes(person) ? people.filter((other) => other !== person) : undefined;
}

function rosterOf({ _id, _rev, ...body }: Doc): readonly string[] {
  return rosterSchema.parse(body).people;
}
