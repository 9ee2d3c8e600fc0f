/** One document that several gateways may change at the same time: read, change, write, and once more when another was first. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Database, Doc, Stored } from '../store/store.ts';

/** In each round one of those who want to write does; so this is about how many may want to at once. */
const MAX_ROUNDS = 40;
const LONGEST_WAIT_MS = 40;

/**
 * @param change from what is there to what is to be there; undefined leaves it as it is. Called once a round, so it does
 *   nothing but work that out. What it throws is thrown.
 * @returns what is there now.
 * @throws EnrouteError ENR-WEB-002 when others were first every time.
 */
export async function changeDocument<T extends Doc>(
  database: Database,
  id: string,
  change: (before: Stored<T> | undefined) => T | undefined,
): Promise<T | undefined> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = await database.get<T>(id);
    const after = change(before);
    if (after === undefined) return before;
    const [result] = await database.write([{ ...after, _id: id, ...(before && { _rev: before._rev }) }]);
    if (result?.ok) return after;
    if (result?.reason === 'refused') throw new EnrouteError('ENR-WEB-002', 'the store refused the document');
    await sleep(Math.random() * Math.min(LONGEST_WAIT_MS, 2 ** round));
  }
  throw new EnrouteError('ENR-WEB-002', 'others are changing the same document');
}
