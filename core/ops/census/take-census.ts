/** Takes the census: one walk through all registrations, a page at a time. */
import { registrationSchema } from '@enroute/shared/registration/registration.ts';
import type { AllStats } from '../../pipeline/observe/stage-stats.ts';
import { EVERY_RID, pages } from '../../store/pages.ts';
import type { Database } from '../../store/store.ts';
import { type Census, countIn, countUnreadable, emptyCensus } from './census.ts';
import type { RollCall } from './roll.ts';
import { type StuckRule, stuckRule } from './stuck.ts';

/**
 * It may be taken while work goes on: then it is that of different moments, and a registration counts once all the same.
 * @param roll called in the same walk
 * @throws the signal's reason when it is aborted; StoreError
 */
export async function takeCensus(
  registrations: Database,
  stats: AllStats,
  stuck: StuckRule,
  now: Date,
  signal?: AbortSignal,
  roll?: RollCall,
): Promise<Census> {
  const begun = performance.now();
  const census = emptyCensus(now);
  const isStuck = stuckRule(stats, stuck, now);
  for await (const page of pages(registrations, EVERY_RID)) {
    signal?.throwIfAborted();
    for (const doc of page) {
      const { success, data } = registrationSchema.safeParse(doc);
      if (success) countIn(census, data, isStuck);
      else countUnreadable(census, doc._id);
      if (success) roll?.note(data);
    }
  }
  return { ...census, ms: Math.round(performance.now() - begun) };
}
