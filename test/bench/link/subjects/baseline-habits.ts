/** What those that Enroute is compared with do alike: how long they wait, and what they carry. */
import { rngOf } from '../../../simulation/people/rng.ts';
import { PACKET_BYTES } from '../cases.ts';

const BACK_OFF_BASE_MS = 1_000;
/** PouchDB's own goes up to ten minutes, in which a link may come and go; they are not to be judged by that. */
const BACK_OFF_CAP_MS = 20_000;
/** Of one request: longer than the largest takes on a clean link. Without one a request may wait for ever. */
export const DEADLINE_MS = 900_000;

/** Of a packet that is cut into documents. */
export const CHUNK_BYTES = 64 * 1024;

/** After a failure. @param beforeMs the wait before that one, 0 at first */
export function nextWaitMs(beforeMs: number): number {
  return Math.min(Math.max(beforeMs * 2, BACK_OFF_BASE_MS), BACK_OFF_CAP_MS);
}

export function packetBytes(index: number): Buffer {
  return Buffer.from(rngOf('packet', index).bytes(PACKET_BYTES));
}
