/** Says to a station which core this is, and how far it has seen that station's RIDs. */
import { type CoreWord, signCoreWord } from '@enroute/shared/schemas/core-word.ts';
import type { CoreKeys } from '../../keys.ts';
import type { Database } from '../../store/store.ts';

export type SayCoreWord = (station: string) => Promise<CoreWord>;

const RID_DIGITS = 29;

export function openCoreWord(
  keys: Pick<CoreKeys, 'epoch' | 'generation' | 'signing'>,
  registrations: Database,
  now: () => Date,
): SayCoreWord {
  return async (station) => {
    const { epoch, generation, signing } = keys;
    const at = now().toISOString();
    return signCoreWord({ v: 1, station, epoch, generation, highestRid: await highestRid(station), at }, signing);
  };

  /**
   * A station's RIDs lie side by side, in the order of their sequence numbers. Once round, the highest is 99999 for
   * ever.
   */
  async function highestRid(station: string): Promise<string | null> {
    const own = { start: station, end: `${station}:`, limit: 1, descending: true };
    const [last] = await registrations.range(own);
    return last?._id.slice(0, RID_DIGITS) ?? null;
  }
}
