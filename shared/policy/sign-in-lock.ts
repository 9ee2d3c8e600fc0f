/**
 * How long wrong passwords lock sign-in: the same at a station's desk and at the core. A try is counted before the
 * password is looked at, and only a right one takes the count back; waiting does not, but for a day at the core.
 */

/** So many wrong passwords in a row are let pass; the last of them locks. */
export const TRIES_BEFORE_LOCK = 5;
const FIRST_LOCK_MS = 60_000;
/** The lock doubles with each further wrong password, up to this. */
const LONGEST_LOCK_MS = 60 * 60_000;

/** How long so many wrong passwords in a row lock for. */
export function lockMsAfter(count: number): number {
  if (count < TRIES_BEFORE_LOCK) return 0;
  return Math.min(FIRST_LOCK_MS * 2 ** (count - TRIES_BEFORE_LOCK), LONGEST_LOCK_MS);
}
