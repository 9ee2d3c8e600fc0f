/**
 * Brings manifests into the channel: of every sealed packet once, and anew of those that the core may take by now.
 * Repeating it after a crash changes nothing.
 */
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { ChannelCollection } from '@enroute/sync/channel/collections.ts';
import type { Queue } from '../queue/queue.ts';

const PAGE = 100;

/** @returns how many were announced. */
export async function announceSealed(queue: Queue, outgoing: ChannelCollection): Promise<number> {
  let announced = 0;
  for (;;) {
    const sealed = await queue.inState(['SEALED'], PAGE);
    for (const { rid, manifest } of sealed) {
      await outgoing.insertIfNotExists({ id: manifestId(rid), body: manifest });
      await queue.move(rid, 'ANNOUNCED');
    }
    announced += sealed.length;
    if (sealed.length < PAGE) return announced;
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
    await entry?.incrementalModify((offered) => ({ ...offered, offers: (offered.offers ?? 1) + 1 }));
  }
  return mendable.length;
}
