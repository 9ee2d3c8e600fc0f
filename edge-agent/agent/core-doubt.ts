/**
 * Whether it is in doubt which core this is: its channel is of another epoch than the one that is known, and its word
 * for that was not believed. It may have forgotten what it confirmed, so nothing may be deleted on its receipts until
 * the doubt is settled. Durable, because a restart settles nothing.
 */
import { type Finding, warning } from '@enroute/shared/policy/finding.ts';
import type { CounterCollection } from '../queue/station-database.ts';

export interface CoreDoubt {
  /** Since when; undefined while there is none. */
  readonly since: Date | undefined;
  /** For people; none while there is no doubt. */
  readonly findings: readonly Finding[];
  /** The channel was heard. @param isKnown it is of the epoch that is known */
  note(isKnown: boolean): Promise<void>;
}

const DOUBT = 'core-in-doubt';
const NONE = 0;

export async function openCoreDoubt(counters: CounterCollection, now: () => Date): Promise<CoreDoubt> {
  let sinceMs = (await counters.findOne(DOUBT).exec())?.value ?? NONE;
  const since = (): Date | undefined => (sinceMs === NONE ? undefined : new Date(sinceMs));
  return {
    get since() {
      return since();
    },
    get findings() {
      const at = since();
      return at ? [warning('ENR-LNK-008', `since ${at.toISOString()}`)] : [];
    },
    note: async (isKnown) => {
      if (isKnown === (sinceMs === NONE)) return;
      const value = isKnown ? NONE : now().getTime();
      await counters.incrementalUpsert({ name: DOUBT, value });
      sinceMs = value;
    },
  };
}
