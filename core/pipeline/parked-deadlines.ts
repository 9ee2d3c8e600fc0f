/** Ends waits that have lasted too long: what the flow says for it happens, and the registration goes on. */
import { moveTo } from '@enroute/shared/registration/registration.ts';
import type { StoredRegistration } from '../databases.ts';
import { type Database, MAX_BATCH } from '../store/store.ts';
import type { LoadedFlow } from './flow.ts';

/** RIDs are digits. */
const FIRST = '0';
const BEHIND_LAST = ':';

/** Looks through all registrations, a page at a time. @returns how many waits were ended. */
export async function expireParked(
  registrations: Database,
  flowOf: (registration: StoredRegistration) => LoadedFlow,
  now: Date,
): Promise<number> {
  let expired = 0;
  for (let start = FIRST; ; ) {
    const page = await registrations.range<StoredRegistration>({ start, end: BEHIND_LAST, limit: MAX_BATCH });
    const over = page.flatMap((registration) => expire(registration, flowOf, now));
    const results = await registrations.write(over);
    // What was woken in the same moment does not expire.
    expired += results.filter(({ ok }) => ok).length;
    const last = page.at(-1);
    if (page.length < MAX_BATCH || !last) return expired;
    start = `${last._id}\u0000`;
  }
}

function expire(
  registration: StoredRegistration,
  flowOf: (registration: StoredRegistration) => LoadedFlow,
  now: Date,
): StoredRegistration[] {
  const { parked, state } = registration;
  if (state !== 'PARKED' || !parked || parked.until > now.toISOString()) return [];
  const waker = flowOf(registration).wakers[parked.reason];
  if (!waker) return [];
  const { at: stage, state: end, code } = waker.expires;
  const moved = moveTo(registration, 'IN_FLOW', { stage, verdict: { state: end, code }, attempts: 0 });
  return [{ ...moved, _rev: registration._rev }];
}
