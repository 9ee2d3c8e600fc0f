/** Puts the manifest of every sealed packet into the channel. Repeating it changes nothing. */
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
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
