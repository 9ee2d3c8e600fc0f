import { createHash } from 'node:crypto';
import { LANES } from './registration.ts';

/** The lane of a RID: a hash, so that one center's wave spreads over all lanes. Its events are found by the same rule. */
export function laneOf(rid: string): number {
  return createHash('sha256').update(rid).digest().readUInt32BE(0) % LANES;
}
