/** Ends waits that have lasted too long: what the flow says for it happens, and the registration goes on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { moveTo } from '@enroute/shared/registration/registration.ts';
import type { Logger } from 'pino';
import type { StoredRegistration } from '../databases.ts';
import { EVERY_RID, pages } from '../store/pages.ts';
import type { Database } from '../store/store.ts';
import type { LoadedFlow } from './flow.ts';

export interface ParkedOptions {
  readonly registrations: Database;
  /** @throws Error when no such flow is loaded. */
  readonly flowOf: (registration: StoredRegistration) => LoadedFlow;
  readonly now: () => Date;
  readonly log: Logger;
}

/**
 * Looks now, and again every so often.
 * @returns what stops it; it resolves when nothing is running any more.
 */
export function watchParked(options: ParkedOptions, everyMs: number): () => Promise<void> {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await expireParked(options);
      } catch (error) {
        options.log.error({ err: error }, 'parked: will look again later');
      }
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return async () => {
    stopping.abort();
    await running;
  };
}

/** Looks through all registrations, a page at a time. @returns how many waits were ended. */
export async function expireParked(options: ParkedOptions): Promise<number> {
  const { registrations } = options;
  let expired = 0;
  for await (const page of pages<StoredRegistration>(registrations, EVERY_RID)) {
    const over = page.flatMap((registration) => expire(registration, options));
    const results = await registrations.write(over);
    // What was woken in the same moment does not expire.
    expired += results.filter(({ ok }) => ok).length;
  }
  return expired;
}

function expire(registration: StoredRegistration, { flowOf, now, log }: ParkedOptions): StoredRegistration[] {
  const { _id: rid, parked, state } = registration;
  if (state !== 'PARKED' || !parked || parked.until > now().toISOString()) return [];
  try {
    const waker = flowOf(registration).wakers[parked.reason];
    if (!waker) throw new Error(`Nothing ends a wait for ${parked.reason}.`);
    const { at: stage, state: end, code } = waker.expires;
    const moved = moveTo(registration, 'IN_FLOW', { stage, verdict: { state: end, code }, attempts: 0 });
    return [{ ...moved, _rev: registration._rev }];
  } catch (error) {
    // The others are not to wait for this one.
    log.error({ err: error, rid }, 'parked: a wait that can not be ended');
    return [];
  }
}
