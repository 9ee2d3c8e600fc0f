/** Acts about flows: who runs on which version, and the change to another one. Each does a bounded part at a time. */
import { PROCESSES } from '@enroute/shared/enrolment/enrolment.ts';
import { z } from 'zod';
import type { StoredRegistration } from '../databases.ts';
import type { EventDraft } from '../pipeline/events/event.ts';
import { sendEvents } from '../pipeline/events/send-events.ts';
import { type CensusPart, censusPart, openPage, PAGES_IN_PART } from '../pipeline/flow/flow-census.ts';
import { EVERY_RID } from '../store/pages.ts';
import type { Act } from './act.ts';

const cursorSchema = z.string().max(64).nullable();

const censusInput = z.strictObject({ from: cursorSchema });

const censusSchema: z.ZodType<CensusPart> = z.strictObject({
  rows: z.array(
    z.strictObject({
      flow: z.string(),
      version: z.number(),
      state: z.string(),
      stage: z.string(),
      reason: z.string().nullable(),
      count: z.number(),
    }),
  ),
  looked: z.number(),
  next: cursorSchema,
});

export const flowCensusAct: Act<z.infer<typeof censusInput>, CensusPart> = {
  name: 'flow.census',
  input: censusInput,
  said: censusSchema,
  carryOut: ({ databases }, { from }) => censusPart(databases.registrations, from),
};

const stageName = z.string().min(1).max(64);
const migrateInput = z.strictObject({
  process: z.enum(PROCESSES),
  from: z.int().positive(),
  to: z.int().positive(),
  /** New stages by old ones; who is at another one stays. */
  places: z.record(stageName, stageName),
  after: cursorSchema,
});
const migratedSchema = z.strictObject({ ordered: z.number(), looked: z.number(), next: cursorSchema });

export type MigratedPart = z.infer<typeof migratedSchema>;

/** Orders are written; the workers of their lanes carry them out. Who is given one twice is moved once. */
export const migrateFlowAct: Act<z.infer<typeof migrateInput>, MigratedPart> = {
  name: 'flow.migrate',
  input: migrateInput,
  said: migratedSchema,
  done: ({ process, from, to }) => `flow ${process} from ${from} to ${to}`,
  carryOut: async ({ databases, now }, { after, ...migration }, by) => {
    let next = after ?? EVERY_RID.start;
    let ordered = 0;
    let looked = 0;
    for (let nth = 0; nth < PAGES_IN_PART; nth += 1) {
      const page = await openPage(databases.registrations, next);
      const at = now().toISOString();
      const orders = page.open.flatMap((registration) => orderFor(registration, migration, at, by));
      if (orders.length > 0) await sendEvents(orders, databases.events);
      ordered += orders.length;
      looked += page.looked;
      if (page.next === null) return { ordered, looked, next: null };
      next = page.next;
    }
    return { ordered, looked, next };
  },
};

function orderFor(
  { _id: rid, flow, stage }: StoredRegistration,
  { process, from, to, places }: Omit<z.infer<typeof migrateInput>, 'after'>,
  at: string,
  by: string,
): EventDraft[] {
  const place = stage !== undefined && Object.hasOwn(places, stage) ? places[stage] : undefined;
  if (stage === undefined || place === undefined || flow?.name !== process || flow.version !== from) return [];
  const act = { do: 'migrate', from: { version: from, stage }, to: { version: to, stage: place } } as const;
  return [{ kind: 'act', rid, at, by, act }];
}
