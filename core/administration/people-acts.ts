/** Acts about people: the first administrator's way in, and the way back in when nobody has one any more. */
import { z } from 'zod';
import type { PersonSummary } from '../people/people-administration.ts';
import { centersSchema, corePersonIdSchema, rolesSchema } from '../people/person.ts';
import type { Act } from './act.ts';

const MAX_LINK_HOURS = 7 * 24;

const personInput = z.strictObject({ id: corePersonIdSchema });
type PersonInput = z.infer<typeof personInput>;
const linkInput = personInput.extend({ hours: z.int().min(1).max(MAX_LINK_HOURS) });
const addInput = linkInput.extend({ roles: rolesSchema, centers: centersSchema });
const linkSaid = z.object({ link: z.string(), expiresAt: z.string() });
type LinkSaid = z.infer<typeof linkSaid>;

export const addPersonAct: Act<z.infer<typeof addInput>, LinkSaid> = {
  name: 'person.add',
  input: addInput,
  said: linkSaid,
  done: ({ id, roles }) => `person ${id}: ${roles.join(', ')}`,
  carryOut: ({ people }, { id, roles, centers, hours }) => people.administration.create(id, { roles, centers }, hours),
};

export const linkPersonAct: Act<z.infer<typeof linkInput>, LinkSaid> = {
  name: 'person.give-link',
  input: linkInput,
  said: linkSaid,
  done: ({ id }) => `person ${id}`,
  carryOut: ({ people }, { id, hours }) => people.administration.giveLink(id, hours),
};

export const closePersonAct: Act<PersonInput, null> = {
  name: 'person.close',
  input: personInput,
  said: z.null(),
  done: ({ id }) => `person ${id}`,
  carryOut: async ({ people }, { id }) => {
    await people.administration.close(id);
    return null;
  },
};

const nothing = z.strictObject({});

export const listPeopleAct: Act<z.infer<typeof nothing>, PersonSummary[]> = {
  name: 'person.list',
  input: nothing,
  said: z.custom<PersonSummary[]>(Array.isArray),
  carryOut: ({ people }) => people.administration.list(),
};
