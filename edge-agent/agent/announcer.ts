/**
 * Brings manifests into the channel: of every packet that may go once, and anew of those that the core may take by now.
 * Repeating it after a crash changes nothing.
 */
import { type Manifest, manifestId } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { ChannelCollection, ChannelEntry } from '@enroute/sync/channel/collections.ts';
import type { Queue } from '../queue/queue.ts';

const PAGE = 100;

/** @returns how many were announced. */
export async function announceSealed(queue: Queue, outgoing: ChannelCollection): Promise<number> {
  let announced = 0;
  for (;;) {
    const ready = await queue.inState(['SEALED', 'APPROVED'], PAGE);
    for (const { rid, manifest } of ready) {
      await offer(manifest, outgoing);
      await queue.move(rid, 'ANNOUNCED');
    }
    announced += ready.length;
    if (ready.length < PAGE) return announced;
  }
}

/** Also one that lies in the channel already: the core may have refused it, or we may not have heard its answer. */
async function offer(manifest: Manifest, outgoing: ChannelCollection): Promise<void> {
  const id = manifestId(manifest.rid);
  const offered = await outgoing.findOne(id).exec();
  if (offered) await offered.incrementalModify((entry) => ({ ...offeredAnew(entry), body: manifest }));
  else await outgoing.insertIfNotExists({ id, body: manifest });
}

function offeredAnew(entry: ChannelEntry): ChannelEntry {
  return { ...entry, offers: (entry.offers ?? 1) + 1 };
}

/** Brings back into a channel that was made anew what the core may not have heard yet. */
export async function restoreAnnouncements(queue: Queue, outgoing: ChannelCollection): Promise<void> {
  for await (const page of queue.pages()) {
    const announced = page.filter(({ state }) => state === 'ANNOUNCED' || state === 'SET_ASIDE');
    for (const { manifest } of announced) await offer(manifest, outgoing);
  }
}

/** Refusals whose cause an administrator mends at the core: an operator or a process that it does not know yet. */
const MENDABLE: ReadonlySet<StatusCode | undefined> = new Set<StatusCode>(['ENR-MAN-003', 'ENR-VAL-006']);

/** Offers the core anew what it may take by now. @returns how many were offered. */
export async function offerAgain(queue: Queue, outgoing: ChannelCollection): Promise<number> {
  let offered = 0;
  for await (const page of queue.pages()) {
    const mendable = page.filter(({ state, problem }) => state === 'SET_ASIDE' && MENDABLE.has(problem));
    for (const { rid } of mendable) {
      const entry = await outgoing.findOne(manifestId(rid)).exec();
      await entry?.incrementalModify(offeredAnew);
    }
    offered += mendable.length;
  }
  return offered;
}
