/** Orders to registrations, for those who look after the pipeline: look, see what an order would be given to, give it. */
import { isRid } from '@enroute/shared/rid/rid.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import type { CoreDatabases } from '../../databases.ts';
import { lookFor } from '../../ops/actions/look.ts';
import { actText, orderText } from '../../ops/actions/order-texts.ts';
import { type Given, openOrders } from '../../ops/actions/orders.ts';
import { type Selection, selectionSchema } from '../../ops/actions/selection.ts';
import type { Actor, Role } from '../../people/person.ts';
import { orderedSchema } from '../../pipeline/events/event.ts';
import type { Asked, JsonRoute, Route } from '../route.ts';

export interface OrderRoutesOptions {
  readonly databases: Pick<CoreDatabases, 'registrations' | 'events' | 'checkpoints'>;
  readonly now: () => Date;
}

const LOOKERS: readonly Role[] = ['administrator', 'operations', 'supervisor', 'auditor'];
const KEEPERS: readonly Role[] = ['administrator', 'operations'];
/** A page waits no longer; what was found until then is told. */
const WITHIN_MS = 20_000;

const lookSchema = z.strictObject({ selection: selectionSchema });
const previewSchema = lookSchema.extend({ act: orderedSchema });
const tokenSchema = z.strictObject({ token: z.string().max(64) });
const oneSchema = z.strictObject({ act: orderedSchema });

export function orderRoutes({ databases, now }: OrderRoutesOptions): readonly Route[] {
  const { registrations, events, checkpoints } = databases;
  const orders = openOrders({ registrations, events, checkpoints, now });
  return [
    {
      ...change('/api/registrations/selections', LOOKERS, 'registrations.look'),
      body: lookSchema,
      answer: async ({ body, actor }) => {
        const selection = seenBy(actor, lookSchema.parse(body).selection);
        if (!selection) throw new EnrouteError('ENR-WEB-009', 'center');
        return { body: await lookFor(selection, { registrations, checkpoints, now, withinMs: WITHIN_MS }) };
      },
    },
    {
      ...change('/api/registrations/previews', KEEPERS, 'registrations.preview'),
      body: previewSchema,
      about: (body) => actText(previewSchema.parse(body).act),
      answer: async (asked) => {
        const { selection, act } = previewSchema.parse(asked.body);
        return { body: await orders.preview(selection, act, actorOf(asked), { withinMs: WITHIN_MS }) };
      },
    },
    {
      ...change('/api/registrations/actions', KEEPERS, 'registrations.order'),
      body: tokenSchema,
      about: (body) => orderText(tokenSchema.parse(body).token),
      answer: async (asked) => {
        const given = await orders.give(tokenSchema.parse(asked.body).token, actorOf(asked));
        return { status: 202, body: given, done: givenText(given) };
      },
    },
    {
      ...change('/api/registrations/:rid/actions', KEEPERS, 'registration.order'),
      body: oneSchema,
      answer: async (asked) => {
        const rid = asked.params.rid ?? '';
        if (!isRid(rid)) throw new EnrouteError('ENR-WEB-001');
        const { act } = oneSchema.parse(asked.body);
        const given = await orders.giveOne(rid, act, actorOf(asked));
        return { status: 202, body: given, done: `registration ${rid}: ${actText(act)}` };
      },
    },
    {
      kind: 'json',
      method: 'GET',
      path: '/api/registrations/actions/:order',
      access: { by: 'people', roles: [...KEEPERS, 'auditor'] },
      rate: 'people',
      answer: async ({ params }) => ({ body: await orders.status(params.order ?? '') }),
    },
  ];
}

/** A supervisor finds what is of their centers. @returns undefined when they ask for others alone */
function seenBy(actor: Actor | undefined, selection: Selection): Selection | undefined {
  if (!actor || actor.centers === 'all') return actor && selection;
  const { centers: seen } = actor;
  const centers = selection.centers?.filter((center) => seen.includes(center)) ?? [...seen];
  return centers.length > 0 ? { ...selection, centers } : undefined;
}

function givenText({ id, act, count }: Given): string {
  return `order ${id}: ${actText(act)}, ${count} registrations`;
}

/** Routes for people are answered to those alone who were let in. */
function actorOf({ actor }: Asked): string {
  if (!actor) throw new EnrouteError('ENR-WEB-010');
  return actor.id;
}

function change(path: string, roles: readonly Role[], act: string): Omit<JsonRoute, 'answer'> {
  return { kind: 'json', method: 'POST', path, access: { by: 'people', roles }, rate: 'people', act };
}
