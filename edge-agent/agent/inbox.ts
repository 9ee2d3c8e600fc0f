/**
 * What the core sends down, believed only when the trusted core has signed it, for this station and for the very packet
 * that is held here. Receipts move the queue; results and tasks are read when someone asks.
 */
import type { CoreCard } from '@enroute/shared/schemas/cards.ts';
import { type Receipt, receiptId, verifyReceipt } from '@enroute/shared/schemas/receipt.ts';
import { openResult, type ResultContent, resultId } from '@enroute/shared/schemas/result.ts';
import { type Task, verifyTask } from '@enroute/shared/schemas/task.ts';
import type { ChannelCollection, ChannelEntry } from '@enroute/sync/channel/collections.ts';
import { parseDown } from '@enroute/sync/channel/documents.ts';
import type { Logger } from 'pino';
import type { StationIdentity } from '../keys/station-identity.ts';
import type { Queue } from '../queue/queue.ts';

export interface Inbox {
  /** Applies the receipts of packets that have not ended yet; for what came while nobody was looking. */
  catchUp(): Promise<void>;
  /** The number that a registration was given, as far as this station may see it. */
  result(rid: string): Promise<ResultContent | undefined>;
  /** Tasks of registrations that have not ended. */
  openTasks(): Promise<Task[]>;
  stop(): void;
}

const PAGE = 500;

export function openInbox(
  incoming: ChannelCollection,
  queue: Queue,
  identity: StationIdentity,
  core: CoreCard,
  log: Logger,
): Inbox {
  async function apply(entry: ChannelEntry): Promise<void> {
    const document = parseDown(entry.id, entry.body);
    if (document.kind === 'receipt') await applyReceipt(document.body);
  }

  async function applyReceipt(receipt: Receipt): Promise<void> {
    const { rid, kind } = receipt;
    const item = await queue.get(rid);
    const ours = receipt.station === identity.station && item?.manifest.packet.digest === receipt.digest;
    if (!ours || !verifyReceipt(receipt, core.signingKey)) {
      log.warn({ rid, kind }, 'a receipt that is not to be believed');
      return;
    }
    if (receipt.kind === 'RECEIVED') await queue.move(rid, 'RECEIVED');
    else await queue.move(rid, 'TERMINAL', { outcome: { state: receipt.outcome, code: receipt.code } });
  }

  // One after the other: RECEIVED and OUTCOME of one packet must not overtake each other.
  let applying = Promise.resolve();
  const subscription = incoming.$.subscribe(({ documentData }) => {
    applying = applying
      .then(() => apply(documentData))
      .catch((error: unknown) => log.error({ err: error, id: documentData.id }, 'inbox'));
  });

  return {
    catchUp: async () => {
      const open = await queue.inState(['ANNOUNCED', 'UPLOADING', 'SENT', 'RECEIVED', 'SET_ASIDE'], PAGE);
      const ids = open.flatMap(({ rid }) => [receiptId(rid, 'RECEIVED'), receiptId(rid, 'OUTCOME')]);
      const found = await incoming.findByIds(ids).exec();
      for (const id of ids) {
        const entry = found.get(id);
        if (entry) await apply(entry.toMutableJSON());
      }
    },
    result: async (rid) => {
      const entry = await incoming.findOne(resultId(rid)).exec();
      if (!entry) return undefined;
      const document = parseDown(entry.id, entry.toMutableJSON().body);
      return document.kind === 'result' ? openResult(document.body, identity.sealing, core.signingKey) : undefined;
    },
    openTasks: async () => {
      const found = await incoming.find({ selector: { id: { $gte: 'task:', $lt: 'task;' } }, limit: PAGE }).exec();
      const tasks: Task[] = [];
      for (const entry of found) {
        const document = parseDown(entry.id, entry.toMutableJSON().body);
        if (document.kind !== 'task' || !verifyTask(document.body, core.signingKey)) continue;
        const item = await queue.get(document.body.rid);
        if (item && item.state !== 'TERMINAL') tasks.push(document.body);
      }
      return tasks;
    },
    stop: () => subscription.unsubscribe(),
  };
}
