/** Puts documents into stations' channels, in bulk. What is there already was put there by an earlier try. */
import { type DownDocument, downId } from '@enroute/sync/channel/documents.ts';
import type { CoreDatabases } from '../databases.ts';
import { type Doc, MAX_BATCH, StoreError } from '../store/store.ts';
import { atOnce } from './at-once.ts';

const STATIONS_AT_ONCE = 8;

/**
 * One write for each station, in the order of the documents: a result goes before the receipt that lets the station release
 * the packet.
 * @throws StoreError; then any of them may be written or not, and the whole may be sent again
 */
export async function sendDown(
  documents: readonly DownDocument[],
  databases: Pick<CoreDatabases, 'channel'>,
): Promise<void> {
  const byStation = Map.groupBy(documents, ({ body }) => body.station);
  await atOnce([...byStation], STATIONS_AT_ONCE, async ([station, those]) => {
    const channel = await databases.channel(station);
    const docs = those.map((document): Doc => ({ ...document.body, _id: downId(document) }));
    for (let from = 0; from < docs.length; from += MAX_BATCH) {
      const results = await channel.write(docs.slice(from, from + MAX_BATCH));
      const refused = results.find((result) => !result.ok && result.reason === 'refused');
      if (refused) throw new StoreError(`channel of ${station} refused ${refused.id}`, { transient: false });
    }
  });
}
