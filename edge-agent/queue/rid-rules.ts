/**
 * How a station counts its RIDs: pure rules, whatever happens to its clock and its memory.
 *
 * A RID is a sequence number and a second. No two that a station remembers are the same, because the sequence comes round
 * only after 99 999 of them. RIDs grow, as strings, with the sequence, until it comes round; the time in them does not go
 * back, with one exception: after it was found to have been far ahead of the core's.
 */
import { MAX_SEQUENCE } from '@enroute/shared/rid/rid.ts';

/** A time that was ahead of the core's by no more is kept to in the RIDs until it has come; a later one is given up. */
const KEPT_LEAD_MS = 24 * 60 * 60_000;

/** So many further on, or back, in the round from 1 to MAX_SEQUENCE; 0 is where a station begins. */
export function after(sequence: number, steps: number): number {
  if (sequence + steps === 0) return 0;
  return ((sequence - 1 + steps + MAX_SEQUENCE) % MAX_SEQUENCE) + 1;
}

/** Whether one number is given out later than another: less than half a round after it. */
export function isLater(sequence: number, than: number): boolean {
  const ahead = (sequence - than + MAX_SEQUENCE) % MAX_SEQUENCE;
  return ahead > 0 && ahead <= MAX_SEQUENCE / 2;
}

/**
 * After which number a station begins that remembers none. It may have been here before, and its clock may say the
 * seconds of that time again, as one without a battery does after each start: by chance it begins elsewhere, so that it
 * does not give those seconds the same numbers. In the first half of the round, so that there is room before its end.
 * @param random 0 to 1, 1 excluded
 */
export function beginning(random: number): number {
  return Math.floor((random * MAX_SEQUENCE) / 2);
}

/**
 * The time that a RID is given.
 * @param latest of the RIDs that were given out
 * @param isCoreTime whether `now` comes from the core in this run
 */
export function timeOfRid(now: Date, latest: Date | undefined, isCoreTime: boolean): Date {
  if (!latest || latest <= now) return now;
  return isCoreTime && latest.getTime() - now.getTime() > KEPT_LEAD_MS ? now : latest;
}
