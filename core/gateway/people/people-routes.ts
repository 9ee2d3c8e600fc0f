/** People and services, for administrators; auditors see who there is. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import type { People } from '../../people/people.ts';
import { centersSchema, corePersonIdSchema, type Role, rolesSchema } from '../../people/person.ts';
import { serviceDaysSchema, serviceNameSchema } from '../../people/service-accounts.ts';
import type { Asked, JsonRoute, Route } from '../route.ts';
import { personOf, proofSchema, requireProof } from './proof.ts';

export interface PeopleRoutesOptions {
  readonly people: Pick<People, 'administration' | 'services' | 'prove'>;
}

const CHANGERS: readonly Role[] = ['administrator'];
const READERS: readonly Role[] = ['administrator', 'auditor'];

const newPersonSchema = proofSchema.extend({ id: corePersonIdSchema, roles: rolesSchema, centers: centersSchema });
const personChangeSchema = z.strictObject({
  roles: rolesSchema,
  centers: centersSchema,
  state: z.enum(['active', 'closed']),
});
const newServiceSchema = z.strictObject({
  name: serviceNameSchema,
  roles: rolesSchema,
  centers: centersSchema,
  days: serviceDaysSchema,
});

export function peopleRoutes({ people }: PeopleRoutesOptions): readonly Route[] {
  const { administration, services } = people;
  return [
    { ...read('/api/people'), answer: async () => ({ body: await administration.list() }) },
    {
      ...change('POST', '/api/people', 'person.add'),
      body: newPersonSchema,
      about: (body) => {
        const { id, roles } = newPersonSchema.parse(body);
        return `person ${id}: ${roles.join(', ')}`;
      },
      answer: async (asked) => {
        const { id, password, code, ...given } = newPersonSchema.parse(asked.body);
        await requireProof(people, asked, { password, code });
        const { link, expiresAt } = await administration.create(id, given);
        return { status: 201, body: { id, link, expiresAt } };
      },
    },
    {
      ...change('PUT', '/api/people/:person', 'person.change'),
      body: personChangeSchema,
      answer: async (asked) => {
        const given = personChangeSchema.parse(asked.body);
        await administration.change(named(asked, 'person'), given);
        return { done: `person ${named(asked, 'person')}: ${given.state}, ${given.roles.join(', ')}` };
      },
    },
    {
      ...change('POST', '/api/people/:person/link', 'person.give-link'),
      body: proofSchema,
      answer: async (asked) => {
        const person = named(asked, 'person');
        // It takes password and second factor back: with a session that was found, somebody else would set theirs.
        if (person === personOf(asked)) throw new EnrouteError('ENR-PPL-016');
        await requireProof(people, asked, proofSchema.parse(asked.body));
        return { body: await administration.giveLink(person) };
      },
    },
    { ...read('/api/services'), answer: async () => ({ body: await services.list() }) },
    {
      ...change('POST', '/api/services', 'service.add'),
      body: newServiceSchema,
      about: (body) => `service ${newServiceSchema.parse(body).name}`,
      answer: async ({ body }) => {
        const { name, days, ...given } = newServiceSchema.parse(body);
        const { secret, expiresAt } = await services.create(name, given, days);
        const done = `service ${name}: ${given.roles.join(', ')}, until ${expiresAt}`;
        return { status: 201, body: { name, secret, expiresAt }, done };
      },
    },
    {
      ...change('DELETE', '/api/services/:service', 'service.remove'),
      answer: async (asked) => {
        await services.remove(named(asked, 'service'));
        return {};
      },
    },
  ];
}

function read(path: string): Omit<JsonRoute, 'answer'> {
  return { kind: 'json', method: 'GET', path, access: { by: 'people', roles: READERS }, rate: 'people' };
}

function change(method: 'POST' | 'PUT' | 'DELETE', path: string, act: string): Omit<JsonRoute, 'answer'> {
  return { kind: 'json', method, path, access: { by: 'people', roles: CHANGERS }, rate: 'people', act };
}

function named({ params }: Asked, what: 'person' | 'service'): string {
  return params[what] ?? '';
}
