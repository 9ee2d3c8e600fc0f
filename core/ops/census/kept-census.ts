/**
 * The latest census, its roll, and the latest check of the conservation law, where every process finds them: gateways, which let
 * stations send less when the pipeline falls behind, and whoever looks how things are.
 */
import { timeSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import { type Database, type Doc, StoreError } from '../../store/store.ts';
import type { Conservation } from '../conservation.ts';
import { type Census, censusSchema } from './census.ts';
import { type Roll, rollSchema } from './roll.ts';

/** A look that took a second is followed by twenty of rest. */
export const CENSUS_REST = 20;
const CENSUS_ID = 'census';
const CONSERVATION_ID = 'conservation';
const ROLL_ID = 'roll';

const keptConservationSchema = z.strictObject({
  at: timeSchema,
  packetsIn: z.int().nonnegative(),
  heaps: z.record(z.string(), z.int().nonnegative()),
  violations: z.array(z.string()),
  holds: z.boolean(),
});

export type KeptConservation = z.infer<typeof keptConservationSchema>;

/** @throws StoreError */
export async function keepCensus(database: Database, census: Census): Promise<void> {
  await keep(database, CENSUS_ID, census);
}

/** @returns undefined when none was taken yet. @throws StoreError */
export async function readCensus(database: Database): Promise<Census | undefined> {
  return censusSchema.safeParse(await bodyOf(database, CENSUS_ID)).data;
}

/** @throws StoreError */
export async function keepRoll(database: Database, roll: Roll): Promise<void> {
  await keep(database, ROLL_ID, roll);
}

/** @returns undefined when it was never called. @throws StoreError */
export async function readRoll(database: Database): Promise<Roll | undefined> {
  return rollSchema.safeParse(await bodyOf(database, ROLL_ID)).data;
}

/** @throws StoreError */
export async function keepConservation(database: Database, found: Conservation, at: Date): Promise<void> {
  const kept: KeptConservation = {
    ...found,
    violations: [...found.violations],
    heaps: { ...found.heaps },
    at: at.toISOString(),
  };
  await keep(database, CONSERVATION_ID, kept);
}

/** @returns undefined when it was not checked yet. @throws StoreError */
export async function readConservation(database: Database): Promise<KeptConservation | undefined> {
  return keptConservationSchema.safeParse(await bodyOf(database, CONSERVATION_ID)).data;
}

interface KeptDoc extends Doc {
  readonly body: unknown;
}

async function keep(database: Database, id: string, body: unknown): Promise<void> {
  const before = await database.get<KeptDoc>(id);
  const doc: KeptDoc = { _id: id, body, ...(before ? { _rev: before._rev } : {}) };
  const [result] = await database.write([doc]);
  if (!result?.ok) throw new StoreError(`the ${id} could not be kept`, { transient: true });
}

async function bodyOf(database: Database, id: string): Promise<unknown> {
  return (await database.get<KeptDoc>(id))?.body;
}
