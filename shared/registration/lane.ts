import { createHash } from 'node:crypto';
import { LANES } from './registration.ts';

/**
 * The lane of a RID: a hash, so that one center's wave spreads over all lanes. A correction runs in the lane of the
 * registration that it corrects, so that one worker has both.
 */
export function laneOf(rid: string): number {
  return createHash('sha256').update(rid).digest().readUInt32BE(0) % LANES;
}
