/**
 * Lets go of packets that have ended. Bytes go only on the core's signed OUTCOME receipt for these very bytes, and only
 * after the time to keep them; while a restored core is asked whether it has them, only on a receipt of its own. First
 * the row says so, then the file goes: a crash in between leaves a file of a released packet, which goes at the next
 * opening. No deletion is ever told to the core.
 */
import type { Receipt } from '@enroute/shared/schemas/receipt.ts';
import type { PacketFiles } from '../queue/packet-files.ts';
import type { Queue } from '../queue/queue.ts';
import { countsFor, type QueueItem } from '../queue/queue-item.ts';
import type { Inbox } from './inbox.ts';

export interface Released {
  readonly rid: string;
  readonly bytes: number;
}

export interface ReleaseSource {
  readonly queue: Queue;
  readonly files: PacketFiles;
  readonly inbox: Pick<Inbox, 'outcomeReceipt'>;
  /** How long a packet is kept after its end. */
  readonly retentionDays: number;
  readonly now: () => Date;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const PAGE = 200;

/** Tells of each that was released, as it goes. */
export async function* releaseEnded(source: ReleaseSource): AsyncGenerator<Released> {
  const { queue, files, retentionDays, now } = source;
  const before = new Date(now().getTime() - retentionDays * DAY_MS);
  const kept = new Set<string>();
  for (;;) {
    const ended = await queue.inStateBefore('TERMINAL', before, PAGE + kept.size);
    const page = ended.filter(({ rid }) => !kept.has(rid));
    for (const item of page) {
      const receipt = await releasing(item, source, before);
      const mayGo = (row: QueueItem): boolean => receipt !== undefined && countsFor(row, receipt);
      if (!(await queue.move(item.rid, 'RELEASED', {}, mayGo))) {
        kept.add(item.rid);
        continue;
      }
      await files.delete(item.rid);
      yield { rid: item.rid, bytes: item.manifest.packet.bytes };
    }
    if (page.length < PAGE) return;
  }
}

/** The receipt that lets it go, looked at again, now: the row may say what it likes. */
async function releasing(
  { rid, manifest }: QueueItem,
  { inbox }: ReleaseSource,
  before: Date,
): Promise<Receipt | undefined> {
  const receipt = await inbox.outcomeReceipt(rid);
  const isForThese = receipt?.digest === manifest.packet.digest && Date.parse(receipt.at) < before.getTime();
  return isForThese ? receipt : undefined;
}
