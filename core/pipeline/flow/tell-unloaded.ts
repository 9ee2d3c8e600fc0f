/**
 * Says at the start how many registrations stand still because nobody has their version of a flow any more: after an
 * upgrade, or when a file was taken out too early. Nothing else would say so before somebody misses them.
 */
import type { Logger } from 'pino';
import type { Database } from '../../store/store.ts';
import type { Flows } from './flow.ts';
import { type CensusRow, censusPart, mergeRows } from './flow-census.ts';

export interface UnloadedOptions {
  readonly registrations: Pick<Database, 'range'>;
  readonly flows: Pick<Flows, 'version'>;
  readonly log: Logger;
}

/** One line for each such version. @returns ends it */
export function tellUnloaded(options: UnloadedOptions): () => Promise<void> {
  const stopping = new AbortController();
  const telling = tell(options, stopping.signal).catch((error: unknown) => {
    options.log.warn({ err: error }, 'flows: it could not be counted who stands still');
  });
  return () => {
    stopping.abort();
    return telling;
  };
}

async function tell({ registrations, flows, log }: UnloadedOptions, stopping: AbortSignal): Promise<void> {
  let rows: CensusRow[] = [];
  for (let from: string | null = ''; from !== null && !stopping.aborted; ) {
    const part = await censusPart(registrations, from === '' ? null : from);
    rows = mergeRows(rows, part.rows.filter(({ flow, version }) => !flows.version(flow, version)).map(onVersion));
    from = part.next;
  }
  if (stopping.aborted) return;
  for (const { flow, version, count } of rows)
    log.warn({ code: 'ENR-FLW-005', flow, version, count }, 'registrations stand still: their flow is not at hand');
}

/** Wherever they are on it. */
function onVersion(row: CensusRow): CensusRow {
  return { ...row, state: '', stage: '', reason: null };
}
