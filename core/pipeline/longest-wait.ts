/**
 * How long a registration waits for another one at most: longer than a station may keep packets without a link, for the
 * other one may lie there. What is told of a registration before it comes is kept for longer than that.
 */
export const LONGEST_WAIT_DAYS = 90;
