/**
 * The last guard against a worker that believes in a lane that is no longer its own: what a later holder has written
 * carries a higher fence, and is left alone.
 */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import type { Lanes } from './lanes.ts';

interface Holder {
  readonly lanes: Pick<Lanes, 'held'>;
  /** Workers with other stages have lanes and fences of their own, so nothing is to be learnt from a fence. */
  readonly stages: { has(stage: string): boolean } | undefined;
}

/** @param stored as the store has it */
export function isFencedOff({ lane, fence = 0 }: Registration, { lanes, stages }: Holder): boolean {
  const held = lanes.held().get(lane);
  // Of a lane that is on its way back the fence is not known here any more; nobody else can have it yet.
  return !stages && held !== undefined && fence > held.fence;
}
