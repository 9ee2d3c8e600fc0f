/** The people's documents: who they are, what they may do, and what proves that it is they. */
import { timeSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import { pages } from '../store/pages.ts';
import type { Database, Doc } from '../store/store.ts';
import { changeDocument } from './change-document.ts';
import { MAX_FAMILIAR } from './familiar-networks.ts';
import { passwordHashSchema } from './password-hash.ts';
import { centersSchema, corePersonIdSchema, rolesSchema } from './person.ts';

const recordSchema = z.strictObject({
  v: z.literal(1),
  id: corePersonIdSchema,
  roles: rolesSchema,
  centers: centersSchema,
  state: z.enum(['active', 'closed']),
  /** Counts up whenever sessions and links that were given out before must not hold any more. */
  generation: z.int().nonnegative(),
  createdAt: timeSchema,
  lastSignIn: timeSchema.optional(),
  /** Absent until the person has chosen one. */
  password: passwordHashSchema.optional(),
  /** The secret is encrypted; a code is good for one use, so the step of the last one is kept. */
  secondFactor: z.strictObject({ box: z.string(), lastStep: z.int().nonnegative() }).optional(),
  /** Networks that the person has signed in from, the last one first; see familiar-networks.ts. */
  familiar: z
    .array(z.string().regex(/^[0-9a-f]{16}$/))
    .max(MAX_FAMILIAR)
    .optional(),
  /** Shown to the person, who has not proved yet that the authenticator has it. */
  secondFactorOffered: z.strictObject({ box: z.string() }).optional(),
});

export type PersonRecord = z.infer<typeof recordSchema>;

const PREFIX = 'person:';
/** Far more than a core has; a list has an end, too. */
const MAX_LISTED = 10_000;

export interface PersonRecords {
  get(id: string): Promise<PersonRecord | undefined>;
  list(): Promise<PersonRecord[]>;
  /** @throws EnrouteError ENR-PPL-010 when there is such a person. */
  create(record: PersonRecord): Promise<void>;
  /**
   * @param change works out the new record, once a round; it may throw.
   * @throws EnrouteError ENR-PPL-009 when there is no such person.
   */
  change(id: string, change: (record: PersonRecord) => PersonRecord): Promise<PersonRecord>;
  /** The same, but undefined leaves the record as it is; and is returned. */
  changeIf(id: string, change: (record: PersonRecord) => PersonRecord | undefined): Promise<PersonRecord | undefined>;
}

export function openPersonRecords(database: Database): PersonRecords {
  const changeIf: PersonRecords['changeIf'] = async (id, change) => {
    if (!corePersonIdSchema.safeParse(id).success) throw new EnrouteError('ENR-PPL-009');
    let after: PersonRecord | undefined;
    await changeDocument<Doc>(database, `${PREFIX}${id}`, (before) => {
      if (!before) throw new EnrouteError('ENR-PPL-009');
      const wanted = change(recordOf(before));
      after = wanted && recordSchema.parse(wanted);
      return after && { _id: before._id, ...after };
    });
    return after;
  };
  return {
    get: async (id) => {
      const doc = corePersonIdSchema.safeParse(id).success ? await database.get<Doc>(`${PREFIX}${id}`) : undefined;
      return doc && recordOf(doc);
    },
    list: async () => {
      const found: PersonRecord[] = [];
      for await (const page of pages<Doc>(database, { start: PREFIX, end: 'person;' })) {
        found.push(...page.map(recordOf));
        if (found.length >= MAX_LISTED) break;
      }
      return found;
    },
    create: async (record) => {
      const [result] = await database.write([{ _id: `${PREFIX}${record.id}`, ...record } as Doc]);
      if (!result?.ok) throw new EnrouteError('ENR-PPL-010');
    },
    change: async (id, change) => {
      const after = await changeIf(id, change);
      if (!after) throw new Error('A record was left as it is.');
      return after;
    },
    changeIf,
  };
}

function recordOf({ _id, _rev, ...body }: Doc): PersonRecord {
  return recordSchema.parse(body);
}
