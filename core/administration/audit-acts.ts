/** Acts that read the audit. */
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { z } from 'zod';
import { headSchema } from '../audit/entry.ts';
import { type EntryPage, listEntries } from '../audit/list-entries.ts';
import { type AuditVerdict, verifyAudit } from '../audit/verify-audit.ts';
import { signingKeysOf } from '../keys.ts';
import type { Act } from './act.ts';

const MAX_HEADS = 100_000;
const MAX_PAGE = 500;

const verifyInput = z.strictObject({ against: z.array(headSchema).max(MAX_HEADS) });

export const verifyAuditAct: Act<z.infer<typeof verifyInput>, AuditVerdict> = {
  name: 'audit.verify',
  input: verifyInput,
  said: z.custom<AuditVerdict>(isObject),
  carryOut: ({ databases, keys }, { against }, _by, stopping) =>
    verifyAudit(databases.audit, signingKeysOf(keys).map(publicKeyOf), { against, signal: stopping }),
};

const pageInput = z.strictObject({ limit: z.int().min(1).max(MAX_PAGE), before: z.string().max(200).optional() });

export const listAuditAct: Act<z.infer<typeof pageInput>, EntryPage> = {
  name: 'audit.list',
  input: pageInput,
  said: z.custom<EntryPage>(isObject),
  carryOut: ({ databases }, { limit, before }) => listEntries(databases.audit, limit, before),
};

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
