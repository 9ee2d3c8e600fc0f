/** From when on the page calls something late, silent or too old. A heartbeat comes every minute. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** A few heartbeats are missing: a bad link, or a station that was just switched off. */
export const LATE_AFTER_MS = 5 * MINUTE_MS;
/** Someone should ask what is wrong. */
export const SILENT_AFTER_MS = 15 * MINUTE_MS;
/** A person has waited for so long that the packet should have come. */
export const OLDEST_WAITING_TOO_OLD_MS = 24 * HOUR_MS;
/** Times on paper slips and in the packets are wrong by more than anyone would call rounding. */
export const CLOCK_OFF_MS = 2 * MINUTE_MS;
/** Below this the difference is only that both clocks are read to the second. */
export const CLOCK_IN_STEP_MS = 2 * SECOND_MS;
