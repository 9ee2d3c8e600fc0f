/** Follows those of a backlog that have not ended, without asking for more than the next few of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredRegistration } from '@enroute/core/databases.ts';
import type { Database } from '@enroute/core/store/store.ts';
import { isTerminal } from '@enroute/shared/registration/states.ts';

const LOOK_EVERY_MS = 200;
const LOOKED_AT = 50;
const TENTHS = 10;

/**
 * @param rids in the order in which they came, which is about that in which they end
 * @returns when each tenth of them had ended, in milliseconds since the call, and how often it looked.
 * @throws Error when none ends for so long, or one ends otherwise than a person who has a number
 */
export async function untilAllEnded(
  rids: readonly string[],
  registrations: Database,
  patienceMs: number,
): Promise<{ readonly tenths: number[]; readonly looks: number }> {
  const begun = performance.now();
  const tenths: number[] = [];
  let movedAt = begun;
  let looks = 0;
  let waiting = [...rids];
  while (waiting.length > 0) {
    looks += 1;
    const looked = waiting.slice(0, LOOKED_AT);
    const found = await registrations.getMany<StoredRegistration>(looked);
    const ended = new Set(found.filter(({ state }) => isTerminal(state)).map(({ _id }) => _id));
    const other = found.find(({ state }) => (isTerminal(state) && state !== 'COMPLETED') || state === 'DEAD_LETTER');
    if (other) throw new Error(`${other._id} is ${other.state} with ${other.verdict?.code ?? 'no verdict'}.`);
    waiting = waiting.filter((rid) => !ended.has(rid));
    while (rids.length - waiting.length >= ((tenths.length + 1) * rids.length) / TENTHS && tenths.length < TENTHS) {
      tenths.push(performance.now() - begun);
    }
    if (ended.size > 0) movedAt = performance.now();
    if (performance.now() - movedAt > patienceMs) throw new Error(`${waiting.length} have not ended.`);
    // Most of those looked at have ended: there is more to find at once.
    if (ended.size < LOOKED_AT / 2 && waiting.length > 0) await sleep(LOOK_EVERY_MS);
  }
  return { tenths, looks };
}
