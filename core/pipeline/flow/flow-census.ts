/** Counts which registrations are on their way on which version of which flow: a bounded part of them at a time. */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { isTerminal } from '@enroute/shared/registration/states.ts';
import type { StoredRegistration } from '../../databases.ts';
import { EVERY_RID } from '../../store/pages.ts';
import { type Database, MAX_BATCH } from '../../store/store.ts';

/** Those that are at one place. */
export interface CensusRow {
  readonly flow: string;
  readonly version: number;
  readonly state: string;
  readonly stage: string;
  /** What they wait for; null when they don't. */
  readonly reason: string | null;
  readonly count: number;
}

export interface CensusPart {
  readonly rows: readonly CensusRow[];
  readonly looked: number;
  /** Where the next part begins; null when this was the last. */
  readonly next: string | null;
}

/** Twenty thousand registrations: some seconds. */
export const PAGES_IN_PART = 20;

/** @param from where an earlier part said that this one begins @throws StoreError */
export async function censusPart(registrations: Pick<Database, 'range'>, from: string | null): Promise<CensusPart> {
  let rows: CensusRow[] = [];
  let looked = 0;
  let next: string | null = from ?? EVERY_RID.start;
  for (let page = 0; page < PAGES_IN_PART && next !== null; page += 1) {
    const part = await openPage(registrations, next);
    rows = mergeRows(rows, part.open.flatMap(rowOf));
    looked += part.looked;
    next = part.next;
  }
  return { rows, looked, next };
}

export interface OpenPage {
  /** Of one page, those that have entered a flow and have not ended. */
  readonly open: readonly StoredRegistration[];
  readonly looked: number;
  readonly next: string | null;
}

export async function openPage(registrations: Pick<Database, 'range'>, from: string): Promise<OpenPage> {
  const page = await registrations.range<StoredRegistration>({ start: from, end: EVERY_RID.end, limit: MAX_BATCH });
  const last = page.length === MAX_BATCH ? page.at(-1) : undefined;
  const open = page.filter(({ state, flow }) => flow !== undefined && !isTerminal(state));
  return { open, looked: page.length, next: last ? `${last._id}\u0000` : null };
}

function rowOf({ flow, state, stage, parked }: Registration): CensusRow[] {
  if (!flow || stage === undefined) return [];
  return [{ flow: flow.name, version: flow.version, state, stage, reason: parked?.reason ?? null, count: 1 }];
}

/** One row for each place. */
export function mergeRows(...lists: readonly (readonly CensusRow[])[]): CensusRow[] {
  const rows = new Map<string, CensusRow>();
  for (const row of lists.flat()) {
    const { flow, version, state, stage, reason } = row;
    const place = JSON.stringify([flow, version, state, stage, reason]);
    rows.set(place, { ...row, count: row.count + (rows.get(place)?.count ?? 0) });
  }
  return [...rows.values()];
}
