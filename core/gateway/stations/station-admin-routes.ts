/** Stations as people steer them: with which keys, and whether they are trusted. How they stand is in people/station-view-routes.ts. */
import { stationCardSchema } from '@enroute/shared/schemas/cards.ts';
import { MAX_ENROLMENT_BYTES } from '@enroute/shared/schemas/station-enrolment.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import type { Actor, Role } from '../../people/person.ts';
import { MAX_VALID_HOURS } from '../../stations/invitations.ts';
import type { StationAdministration } from '../../stations/station-administration.ts';
import { QUEUED_PACKETS } from '../../stations/station-entry.ts';
import type { Answer, Asked, JsonRoute, Route } from '../route.ts';

export interface StationAdminRoutesOptions {
  readonly administration: StationAdministration;
}

const READERS: readonly Role[] = ['administrator', 'operations', 'supervisor', 'auditor'];

const invitationSchema = z.strictObject({
  validHours: z.int().min(1).max(MAX_VALID_HOURS).optional(),
  /** Of the machine that had the number before; by its state when left out. */
  queuedPackets: z.enum(QUEUED_PACKETS).optional(),
});
const revocationSchema = z.strictObject({ queuedPackets: z.enum(QUEUED_PACKETS) });

export function stationAdminRoutes({ administration }: StationAdminRoutesOptions): readonly Route[] {
  return [
    {
      ...read('/api/stations/:station'),
      answer: async (asked) => ({ body: await administration.describe(stationOf(asked)) }),
    },
    {
      ...change('POST', 'invitations', 'station.invite'),
      body: invitationSchema,
      answer: async (asked) => {
        const terms = invitationSchema.parse(asked.body);
        const made = await administration.invite(stationOf(asked), actorOf(asked).id, terms);
        return { status: 201, body: made, done: `station ${stationOf(asked)} until ${made.expiresAt}` };
      },
    },
    {
      ...change('DELETE', 'invitations', 'station.withdraw-invitation'),
      answer: (asked) => act(asked, () => administration.withdraw(stationOf(asked))),
    },
    {
      ...change('PUT', 'suspension', 'station.suspend'),
      answer: (asked) => act(asked, (by) => administration.suspend(stationOf(asked), by)),
    },
    {
      ...change('DELETE', 'suspension', 'station.reinstate'),
      answer: (asked) => act(asked, (by) => administration.reinstate(stationOf(asked), by)),
    },
    {
      ...change('PUT', 'revocation', 'station.revoke'),
      body: revocationSchema,
      answer: (asked) => {
        const { queuedPackets } = revocationSchema.parse(asked.body);
        const told = `queued packets: ${queuedPackets}`;
        return act(asked, (by) => administration.revoke(stationOf(asked), by, queuedPackets), told);
      },
    },
    {
      ...change('PUT', 'card', 'station.replace-card'),
      body: stationCardSchema,
      maxBodyBytes: MAX_ENROLMENT_BYTES,
      answer: (asked) =>
        act(asked, async () => {
          const card = stationCardSchema.parse(asked.body);
          if (card.station !== stationOf(asked)) throw new EnrouteError('ENR-TRU-009', 'another station');
          await administration.replaceCard(card);
        }),
    },
  ];
}

function read(path: string): Omit<JsonRoute, 'answer'> {
  return { kind: 'json', method: 'GET', path, access: { by: 'people', roles: READERS }, rate: 'people' };
}

function change(method: 'POST' | 'PUT' | 'DELETE', what: string, act: string): Omit<JsonRoute, 'answer'> {
  const path = `/api/stations/:station/${what}`;
  return { kind: 'json', method, path, access: { by: 'people', roles: ['administrator'] }, rate: 'people', act };
}

async function act(asked: Asked, work: (by: string) => Promise<void>, told?: string): Promise<Answer> {
  await work(actorOf(asked).id);
  const station = `station ${stationOf(asked)}`;
  return { done: told ? `${station}, ${told}` : station };
}

/** @throws EnrouteError ENR-AUT-004 when it can be none: a person may type anything. */
function stationOf({ params }: Asked): string {
  const station = stationCardSchema.shape.station.safeParse(params.station);
  if (!station.success) throw new EnrouteError('ENR-AUT-004');
  return station.data;
}

function actorOf({ actor }: Asked): Actor {
  if (!actor) throw new Error('The route is not behind the guard of people.');
  return actor;
}
