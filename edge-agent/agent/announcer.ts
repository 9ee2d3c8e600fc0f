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

async function offer(manifest: Manifest, outgoing: ChannelCollection): Promise<void> {
  const id = manifestId(manifest.rid);
  const offered = await outgoing.findOne(id).exec();
  if (!offered) {
    await outgoing.insertIfNotExists({ id, body: manifest });
    return;
  }
  const isTheSame = JSON.stringify(offered.toMutableJSON().body) === JSON.stringify(manifest);
  // Offered before without the approval that the core asks for.
  if (!isTheSame) await offered.incrementalModify((entry) => ({ ...offeredAnew(entry), body: manifest }));
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
const MOST_AT_ONCE = 1_000;

/** Offers the core anew what it may take by now. @returns how many were offered. */
export async function offerAgain(queue: Queue, outgoing: ChannelCollection): Promise<number> {
  const aside = await queue.inState(['SET_ASIDE'], MOST_AT_ONCE);
  const mendable = aside.filter(({ problem }) => MENDABLE.has(problem));
  for (const { rid } of mendable) {
    const entry = await outgoing.findOne(manifestId(rid)).exec();
    await entry?.incrementalModify(offeredAnew);
  }
  return mendable.length;
}
