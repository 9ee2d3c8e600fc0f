/** Issues the station's RIDs. The sequence is durable before a RID is used, so no crash makes two the same. */
import { formatRid, MAX_SEQUENCE } from '@enroute/shared/rid/rid.ts';
import type { CounterCollection } from './station-database.ts';

const SEQUENCE = 'rid-sequence';

/** No sequence up to this one is given out again, for a counter that was lost. */
export async function raiseSequence(counters: CounterCollection, atLeast: number): Promise<void> {
  const counter = await counters.insertIfNotExists({ name: SEQUENCE, value: atLeast });
  await counter.incrementalModify((count) => ({ ...count, value: Math.max(count.value, atLeast) }));
}

export async function issueRid(counters: CounterCollection, station: string, at: Date): Promise<string> {
  const found = await counters.findOne(SEQUENCE).exec();
  const counter = found ?? (await counters.insertIfNotExists({ name: SEQUENCE, value: 0 }));
  // Ours is what our own step made of the counter: RxDB writes steps of the same moment together, and answers all of
  // them with the last one's value.
  let sequence = 0;
  await counter.incrementalModify((count) => {
    sequence = (count.value % MAX_SEQUENCE) + 1;
    return { ...count, value: sequence };
  });
  return formatRid(station, sequence, at);
}
