/**
 * The roll: which registrations have not ended, by state. Of millions nearly all have ended, and whoever looks for the
 * others would read them all; the census reads them anyway, and notes these. What has moved since stands in the feed
 * behind the place where the census began, so that both together leave nobody out.
 */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { ridSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import { SELECTED_STATES } from '../actions/selection.ts';

export type OpenState = (typeof SELECTED_STATES)[number];

/** Of one state: four times as many RIDs have room in one document. */
const MAX_ON_ROLL = 5_000;

export const rollSchema = z.strictObject({
  /** The place in the feed of the registrations where calling the roll began. */
  since: z.string(),
  /** A state of which there are more than have room is left out. */
  rids: z.partialRecord(z.enum(SELECTED_STATES), z.array(ridSchema).max(MAX_ON_ROLL)),
});

export type Roll = z.infer<typeof rollSchema>;

export interface RollCall {
  /** To be told every registration. */
  note(registration: Pick<Registration, '_id' | 'state'>): void;
  called(): Roll;
}

export function callRoll(since: string): RollCall {
  const rids = new Map<string, string[]>(SELECTED_STATES.map((state) => [state, []]));
  return {
    note: ({ _id, state }) => {
      const those = rids.get(state);
      // One too many, so that it shows.
      if (those && those.length <= MAX_ON_ROLL) those.push(_id);
    },
    called: () => ({
      since,
      rids: Object.fromEntries([...rids].filter(([, those]) => those.length <= MAX_ON_ROLL)),
    }),
  };
}
