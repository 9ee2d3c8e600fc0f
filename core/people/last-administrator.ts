/**
 * Who administers, in one document, so that of two gateways that take the role from the last two administrators at the same
 * moment only one can. It never names somebody who does not administer: who loses the role leaves it before their record
 * is changed, who gets it enters after.
 *
 * Each name stands with the generation of the record that it was told of. What is told of an earlier one is late, and
 * changes nothing; so whoever has left is not brought back by a gateway that read the record before. A crash between leaving
 * and the change of the record leaves one out who has the role; saving that person once more mends it.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import type { Database, Doc } from '../store/store.ts';
import { changeDocument } from './change-document.ts';
import { corePersonIdSchema } from './person.ts';

const memberSchema = z.strictObject({
  id: corePersonIdSchema,
  generation: z.int().nonnegative(),
  administers: z.boolean(),
});
const rosterSchema = z.strictObject({ v: z.literal(1), people: z.array(memberSchema).max(10_000) });
type Member = z.infer<typeof memberSchema>;

const ROSTER_ID = 'administrators';

export interface AdministratorRoster {
  /** What a record says, whenever it was written. */
  tell(member: Member): Promise<void>;
  /**
   * Before the record of that generation is changed.
   * @returns false when a later one is known: it has to be read again.
   * @throws EnrouteError ENR-PPL-011 when there would be none left.
   */
  leave(id: string, generation: number): Promise<boolean>;
}

export function openAdministratorRoster(database: Database): AdministratorRoster {
  /** @param work undefined when there is nothing to change */
  const change = (work: (people: readonly Member[]) => readonly Member[] | undefined): Promise<unknown> =>
    changeDocument<Doc>(database, ROSTER_ID, (doc) => {
      const people = work(doc ? rosterOf(doc) : []);
      return people && ({ _id: ROSTER_ID, v: 1, people } as Doc);
    });
  return {
    tell: async (member) => {
      await change((people) => {
        const before = people.find(({ id }) => id === member.id);
        // Of most people there is nothing to tell: they never administered.
        const isNews = before ? before.generation < member.generation : member.administers;
        return isNews ? withMember(people, member) : undefined;
      });
    },
    leave: async (id, generation) => {
      let isPresent = true;
      await change((people) => {
        const before = people.find((member) => member.id === id);
        isPresent = before === undefined || before.generation <= generation;
        if (!isPresent) return undefined;
        if (!people.some((member) => member.id !== id && member.administers)) throw new EnrouteError('ENR-PPL-011');
        return withMember(people, { id, generation, administers: false });
      });
      return isPresent;
    },
  };
}

function withMember(people: readonly Member[], member: Member): readonly Member[] {
  const others = people.filter(({ id }) => id !== member.id);
  return [...others, member].sort((one, other) => (one.id < other.id ? -1 : 1));
}

function rosterOf({ _id, _rev, ...body }: Doc): readonly Member[] {
  return rosterSchema.parse(body).people;
}
