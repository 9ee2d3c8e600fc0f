/** Erases documents of a channel from this disk, those that were sent and those that came, without a word to the core. */
import { createRevision, flatCloneDocWithMeta } from 'rxdb';
import type { RxReplicationState } from 'rxdb/plugins/replication';
import { LinkError } from '../link/link-error.ts';
import type { ChannelCollection, ChannelEntry } from './collections.ts';

const FORGET_DEADLINE_MS = 10_000;

export interface Forgetting<C> {
  readonly outgoing: ChannelCollection;
  readonly incoming: ChannelCollection;
  readonly push: RxReplicationState<ChannelEntry, C>;
  readonly pull: RxReplicationState<ChannelEntry, C>;
}

/** @throws LinkError when what is on the way up would have to be waited for too long. */
export async function forgetDocuments<C>(
  { outgoing, incoming, push, pull }: Forgetting<C>,
  ids: readonly string[],
): Promise<void> {
  await eraseFrom(outgoing, ids);
  await withinDeadline(push.awaitInSync(), FORGET_DEADLINE_MS);
  await eraseFrom(incoming, ids);
  for (const replication of [push, pull]) await eraseMemoryOf(replication, ids);
  for (const { storageInstance } of [outgoing, incoming]) await storageInstance.cleanup(0);
}

async function eraseFrom(collection: ChannelCollection, ids: readonly string[]): Promise<void> {
  const here = await collection.findByIds([...ids]).exec();
  await collection.bulkRemove([...here.values()]);
}

/** RxDB keeps a copy of each document that was exchanged, for conflicts that can't be here, and keeps it for ever. */
async function eraseMemoryOf<C>(
  { metaInstance }: RxReplicationState<ChannelEntry, C>,
  ids: readonly string[],
): Promise<void> {
  if (!metaInstance) return;
  const remembered = await metaInstance.findDocumentsById(
    ids.map((id) => `${id}|0`),
    false,
  );
  const rows = remembered.map((previous) => {
    const document = flatCloneDocWithMeta(previous);
    document._deleted = true;
    document._meta.lwt = Math.max(Date.now(), previous._meta.lwt + 0.01);
    document._rev = createRevision('forgotten', previous);
    return { previous, document };
  });
  if (rows.length > 0) await metaInstance.bulkWrite(rows, 'enroute-forget');
  await metaInstance.cleanup(0);
}

async function withinDeadline(work: Promise<unknown>, deadlineMs: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new LinkError(`not in sync after ${deadlineMs} ms`)), deadlineMs);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
