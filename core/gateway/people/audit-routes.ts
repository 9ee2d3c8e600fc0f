/** The audit, for those who may read everything. */
import type { PublicKey } from '@enroute/shared/crypto/keys.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import { listEntries } from '../../audit/list-entries.ts';
import { type AuditVerdict, verifyAudit } from '../../audit/verify-audit.ts';
import type { Role } from '../../people/person.ts';
import type { Database } from '../../store/store.ts';
import type { JsonRoute, Route } from '../route.ts';

export interface AuditRoutesOptions {
  readonly audit: Database;
  /** All that the core has signed with, former ones too. */
  readonly signingKeys: () => readonly PublicKey[];
}

const READERS: readonly Role[] = ['administrator', 'auditor'];
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;
/** A process that ran once left a chain; the newest of them are enough for a page. */
const MAX_WRITERS = 500;

const querySchema = z.object({
  before: z
    .string()
    .regex(/^[0-9A-Z:.~a-f-]{1,96}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
});

export function auditRoutes({ audit, signingKeys }: AuditRoutesOptions): readonly Route[] {
  // To read the whole audit costs: however many ask, it is read once at a time.
  let running: Promise<AuditVerdict> | undefined;
  const verify = (): Promise<AuditVerdict> => {
    running ??= verifyAudit(audit, signingKeys()).finally(() => {
      running = undefined;
    });
    return running;
  };
  return [
    {
      ...read('/api/audit'),
      answer: async ({ query }) => {
        const asked = querySchema.safeParse(query);
        if (!asked.success) throw new EnrouteError('ENR-WEB-003');
        return { body: await listEntries(audit, asked.data.limit, asked.data.before) };
      },
    },
    {
      ...read('/api/audit/verification'),
      answer: async () => {
        const { holds, writers, faults } = await verify();
        return { body: { holds, writers: writers.slice(0, MAX_WRITERS), faults } };
      },
    },
  ];
}

function read(path: string): Omit<JsonRoute, 'answer'> {
  return { kind: 'json', method: 'GET', path, access: { by: 'people', roles: READERS }, rate: 'people' };
}
