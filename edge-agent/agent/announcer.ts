/**
 * Brings manifests into the channel: of every packet that may go once, anew of those that the core may take by now, and
 * anew of all that is held here when the core was restored from a backup. Repeating it after a crash changes nothing.
 */
import { type Manifest, manifestId } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { ChannelCollection, ChannelEntry } from '@enroute/sync/channel/collections.ts';
import type { Queue } from '../queue/queue.ts';
import { isHeldUpOnTheWay, type QueueItem } from '../queue/queue-item.ts';

const PAGE = 100;
/** The oldest of what was set aside; the rest is offered when some of these are through. */
const MAX_OFFERED = 1_000;

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

/**
 * Refusals whose cause is mended elsewhere: an operator or a process that the core does not know yet, a network that
 * does not let everything through.
 */
const MENDABLE: ReadonlySet<StatusCode | undefined> = new Set<StatusCode>([
  'ENR-MAN-003',
  'ENR-VAL-006',
  'ENR-CHN-005',
]);

function isMendable({ problem }: Pick<QueueItem, 'problem'>): boolean {
  return MENDABLE.has(problem);
}

/**
 * Offers the core anew what it may take by now.
 * @param isMeant of those that were set aside; all whose cause is mended elsewhere when left out
 * @returns how many were offered.
 */
export async function offerAgain(
  queue: Queue,
  outgoing: ChannelCollection,
  isMeant: (item: QueueItem) => boolean = isMendable,
): Promise<number> {
  // Of those that were set aside, and not of ten thousand that were not. One that is set aside again while this goes on
  // is offered with the next round.
  const mendable = (await queue.inState(['SET_ASIDE'], MAX_OFFERED)).filter(isMeant);
  for (const { rid } of mendable) {
    const entry = await outgoing.findOne(manifestId(rid)).exec();
    await entry?.incrementalModify(offeredAnew);
  }
  return mendable.length;
}

/** The core was told of these once, and their bytes are on this disk. */
const HELD = ['ANNOUNCED', 'EXPECTED', 'UPLOADING', 'SENT', 'RECEIVED', 'TERMINAL', 'SET_ASIDE'] as const;

/**
 * Offers a core of another epoch all that it may have forgotten. Until it answers for a packet only receipts of its own
 * epoch count for that one: what the core gave before it forgot must not let the bytes go.
 * @returns how many were offered.
 */
export async function offerToEpoch(epoch: string, queue: Queue, outgoing: ChannelCollection): Promise<number> {
  let offered = 0;
  for await (const page of queue.pages(PAGE)) {
    const held = page.filter((item) => item.state !== 'SET_ASIDE' || isMendable(item) || isHeldUpOnTheWay(item));
    for (const { rid, manifest } of held) {
      if (!(await queue.countOnly(rid, epoch, HELD))) continue;
      await offer(manifest, outgoing);
      offered += 1;
    }
  }
  return offered;
}
