/** Puts documents into stations' channels, in bulk. What is there already was put there by an earlier try. */
import { type DownDocument, downId } from '@enroute/sync/channel/documents.ts';
import type { CoreDatabases } from '../databases.ts';
import { type Doc, StoreError } from '../store/store.ts';

export async function sendDown(documents: readonly DownDocument[], databases: CoreDatabases): Promise<void> {
  const byStation = Map.groupBy(documents, ({ body }) => body.station);
  for (const [station, those] of byStation) {
    const channel = await databases.channel(station);
    const docs = those.map((document): Doc => ({ ...document.body, _id: downId(document) }));
    const results = await channel.write(docs);
    const refused = results.find((result) => !result.ok && result.reason === 'refused');
    if (refused) throw new StoreError(`channel of ${station} refused ${refused.id}`, { transient: false });
  }
}
