/** People and services, for administrators; auditors see who there is. */
import { z } from 'zod';
import type { People } from '../../people/people.ts';
import { centersSchema, corePersonIdSchema, type Role, rolesSchema } from '../../people/person.ts';
import { serviceDaysSchema, serviceNameSchema } from '../../people/service-accounts.ts';
import type { Asked, JsonRoute, Route } from '../route.ts';

export interface PeopleRoutesOptions {
  readonly people: Pick<People, 'administration' | 'services'>;
}

const CHANGERS: readonly Role[] = ['administrator'];
const READERS: readonly Role[] = ['administrator', 'auditor'];

const newPersonSchema = z.strictObject({ id: corePersonIdSchema, roles: rolesSchema, centers: centersSchema });
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

export function peopleRoutes({ people: { administration, services } }: PeopleRoutesOptions): readonly Route[] {
  return [
    { ...read('/api/people'), answer: async () => ({ body: await administration.list() }) },
    {
      ...change('POST', '/api/people', 'person.add'),
      body: newPersonSchema,
      answer: async ({ body }) => {
        const { id, ...given } = newPersonSchema.parse(body);
        const { link, expiresAt } = await administration.create(id, given);
        return { status: 201, body: { id, link, expiresAt }, done: `person ${id}: ${given.roles.join(', ')}` };
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
      answer: async (asked) => ({
        body: await administration.giveLink(named(asked, 'person')),
        done: `person ${named(asked, 'person')}`,
      }),
    },
    { ...read('/api/services'), answer: async () => ({ body: await services.list() }) },
    {
      ...change('POST', '/api/services', 'service.add'),
      body: newServiceSchema,
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
        return { done: `service ${named(asked, 'service')}` };
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
