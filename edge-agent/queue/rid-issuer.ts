/** Issues the station's RIDs. The sequence is durable before a RID is used, so no crash makes two the same. */
import { formatRid, MAX_SEQUENCE } from '@enroute/shared/rid/rid.ts';
import type { CounterCollection } from './station-database.ts';

const SEQUENCE = 'rid-sequence';

export async function issueRid(counters: CounterCollection, station: string, at: Date): Promise<string> {
  const found = await counters.findOne(SEQUENCE).exec();
  const counter = found ?? (await counters.insertIfNotExists({ name: SEQUENCE, value: 0 }));
  const after = await counter.incrementalModify((count) => ({ ...count, value: (count.value % MAX_SEQUENCE) + 1 }));
  return formatRid(station, after.value, at);
}
