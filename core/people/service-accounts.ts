/**
 * Services: machines that ask the core for something in somebody's place. Each has a secret that was shown once, with an
 * end, and no way into the console.
 */
import { timingSafeEqual } from 'node:crypto';
import { timeSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import { pages } from '../store/pages.ts';
import type { Database, Doc } from '../store/store.ts';
import { type Actor, centersSchema, rolesSchema } from './person.ts';
import { centersSeen, type Given, requireFitting } from './role-policy.ts';
import { isToken, newToken, type RandomBytes, tokenHash } from './secret-token.ts';

export const serviceNameSchema = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/);
export const serviceDaysSchema = z.int().min(1).max(1_095);

const serviceSchema = z.strictObject({
  v: z.literal(1),
  name: serviceNameSchema,
  roles: rolesSchema,
  centers: centersSchema,
  createdAt: timeSchema,
  expiresAt: timeSchema,
  secretHash: z.string(),
});
type ServiceRecord = z.infer<typeof serviceSchema>;
export type Service = Omit<ServiceRecord, 'v' | 'secretHash'>;

const PREFIX = 'service:';
const MAX_LISTED = 1_000;
const DAY_MS = 24 * 60 * 60_000;
/** Nobody has this hash: what a service that is not there is compared with. */
const NO_HASH = '0'.repeat(64);

export interface ServiceAccounts {
  /** @throws EnrouteError ENR-PPL-010 when there is one, ENR-PPL-014 when it can't hold these roles. */
  create(name: string, given: Given, days: number): Promise<{ readonly secret: string; readonly expiresAt: string }>;
  list(): Promise<Service[]>;
  /** @throws EnrouteError ENR-PPL-009 when there is none. */
  remove(name: string): Promise<void>;
  /** @returns undefined when the secret is wrong or has expired. */
  actorOf(secret: string): Promise<Actor | undefined>;
}

export function openServiceAccounts(database: Database, now: () => Date, random?: RandomBytes): ServiceAccounts {
  return {
    create: async (name, given, days) => {
      requireFitting(given, 'service');
      const token = newToken(random);
      const at = now();
      const record: ServiceRecord = {
        v: 1,
        name: serviceNameSchema.parse(name),
        roles: [...given.roles],
        centers: given.centers === 'all' ? 'all' : [...given.centers],
        createdAt: at.toISOString(),
        expiresAt: new Date(at.getTime() + serviceDaysSchema.parse(days) * DAY_MS).toISOString(),
        secretHash: tokenHash(token),
      };
      const [result] = await database.write([{ _id: `${PREFIX}${name}`, ...record } as Doc]);
      if (!result?.ok) throw new EnrouteError('ENR-PPL-010');
      return { secret: `${name}.${token}`, expiresAt: record.expiresAt };
    },
    list: async () => {
      const found: Service[] = [];
      for await (const page of pages<Doc>(database, { start: PREFIX, end: 'service;' })) {
        for (const doc of page) {
          const { v, secretHash, ...service } = recordOf(doc);
          found.push(service);
        }
        if (found.length >= MAX_LISTED) break;
      }
      return found;
    },
    remove: async (name) => {
      const doc = serviceNameSchema.safeParse(name).success ? await database.get<Doc>(`${PREFIX}${name}`) : undefined;
      if (!doc) throw new EnrouteError('ENR-PPL-009');
      const [result] = await database.write([{ _id: doc._id, _rev: doc._rev, _deleted: true }]);
      // Nobody changes a service: whoever was first has removed it.
      if (!result?.ok) throw new EnrouteError('ENR-PPL-009');
    },
    actorOf: async (secret) => {
      const [name = '', token = '', ...rest] = secret.split('.');
      if (!serviceNameSchema.safeParse(name).success || !isToken(token) || rest.length > 0) return undefined;
      const doc = await database.get<Doc>(`${PREFIX}${name}`);
      const record = doc && recordOf(doc);
      const right = timingSafeEqual(Buffer.from(tokenHash(token)), Buffer.from(record?.secretHash ?? NO_HASH));
      if (!record || !right || Date.parse(record.expiresAt) <= now().getTime()) return undefined;
      return { id: `${PREFIX}${name}`, kind: 'service', roles: record.roles, centers: centersSeen(record) };
    },
  };
}

function recordOf({ _id, _rev, ...body }: Doc): ServiceRecord {
  return serviceSchema.parse(body);
}
