/** What stations may send, as gateways ask it: from the latest census, which is looked up every few seconds at most. */
import type { Logger } from 'pino';
import type { Database } from '../../store/store.ts';
import type { Census } from './census.ts';
import { CENSUS_REST, readCensus } from './kept-census.ts';
import { creditsAt, type PressureLimits } from './pressure.ts';

const LOOKED_UP_EVERY_MS = 5_000;
/** A census that is older tells nothing: perhaps nobody takes one. One that took long comes more seldom (see watch-pipeline.ts). */
const GOOD_FOR_MS = 15 * 60_000;
const GOOD_FOR_TIMES = 2 * CENSUS_REST;

/** @returns what the uploads ask for each station. It never fails: without a census stations send as they like. */
export function openPressure(
  checkpoints: Database,
  limits: PressureLimits,
  now: () => Date,
  log: Logger,
): () => Promise<number | undefined> {
  let latest: Promise<Census | undefined> = Promise.resolve(undefined);
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - askedAtMs > LOOKED_UP_EVERY_MS) {
      askedAtMs = performance.now();
      latest = readCensus(checkpoints).catch((error: unknown) => {
        log.warn({ err: error }, 'no census can be read; stations send as they like');
        return undefined;
      });
    }
    const census = await latest;
    if (!census) return undefined;
    const goodForMs = Math.max(GOOD_FOR_MS, GOOD_FOR_TIMES * census.ms);
    if (now().getTime() - Date.parse(census.at) > goodForMs) return undefined;
    return creditsAt(census, limits);
  };
}
