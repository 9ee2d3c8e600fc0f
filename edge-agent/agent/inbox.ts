/**
 * What the core sends down, believed only when the trusted core has signed it, for this station and for the very packet
 * that is held here. Receipts move the queue; results and tasks are read when someone asks.
 */
import { type Receipt, receiptId, verifyReceipt } from '@enroute/shared/schemas/receipt.ts';
import { openResult, type ResultContent, resultId } from '@enroute/shared/schemas/result.ts';
import { type Task, verifyTask } from '@enroute/shared/schemas/task.ts';
import type { ChannelCollection, ChannelEntry } from '@enroute/sync/channel/collections.ts';
import { type DownDocument, parseDown } from '@enroute/sync/channel/documents.ts';
import type { Logger } from 'pino';
import { openingKey, type StationIdentity } from '../keys/station-identity.ts';
import { signerOf, type TrustedCore } from '../keys/trusted-core.ts';
import type { Queue } from '../queue/queue.ts';
import { countsFor } from '../queue/queue-item.ts';
import { isOpen } from '../queue/states.ts';

export interface Inbox {
  /**
   * Applies the receipts of packets that have not ended yet, for what came while nobody was looking. Does nothing when
   * all that came was applied.
   */
  catchUp(): Promise<void>;
  /** As `catchUp`, and all of them: what was not believed before may be now. */
  beginAnew(): Promise<void>;
  /** Applies the receipts of one packet once more, for they may count by now. */
  lookAgain(rid: string): Promise<void>;
  /**
   * The core's signed statement of how this station's registration has ended; undefined when there is none to believe.
   */
  outcomeReceipt(rid: string): Promise<Receipt | undefined>;
  /** The number that a registration was given, as far as this station may see it. */
  result(rid: string): Promise<ResultContent | undefined>;
  /** Tasks of registrations that have not ended. */
  openTasks(): Promise<Task[]>;
  /** Resolves when what is being applied has been. */
  stop(): Promise<void>;
}

/** Registrations whose receipts are looked for at once. */
const PAGE = 200;

export function openInbox(
  incoming: ChannelCollection,
  queue: Queue,
  identity: StationIdentity,
  core: TrustedCore,
  log: Logger,
): Inbox {
  // True when something may lie in the channel that was not applied: before the first look, and after a failure.
  let missed = true;

  async function apply(entry: ChannelEntry): Promise<void> {
    const document = read(entry);
    if (document?.kind === 'receipt') await applyReceipt(document.body);
  }

  /** Undefined for what a newer core has written: this version leaves it, and it must not stand in the way. */
  function read({ id, body }: ChannelEntry): DownDocument | undefined {
    try {
      return parseDown(id, body);
    } catch (error) {
      log.error({ err: error, id }, 'a document that can not be read');
      return undefined;
    }
  }

  async function applyReceipt(receipt: Receipt): Promise<void> {
    const { rid, kind } = receipt;
    const item = await queue.get(rid);
    if (item?.manifest.packet.digest !== receipt.digest || !isToBeBelieved(receipt)) {
      log.warn({ rid, kind }, 'a receipt that is not to be believed');
      return;
    }
    // Of the core as it was before it was restored: whether it still has the packet, it has to say anew.
    if (!countsFor(item, receipt)) return;
    if (receipt.kind === 'RECEIVED') await queue.move(rid, 'RECEIVED');
    else await queue.move(rid, 'TERMINAL', { outcome: { state: receipt.outcome, code: receipt.code } });
  }

  function isToBeBelieved(receipt: Receipt): boolean {
    return receipt.station === identity.station && verifyReceipt(receipt, signerOf(core, receipt.signature));
  }

  async function applyAll(): Promise<void> {
    for await (const page of queue.pages(PAGE)) {
      await applyReceiptsOf(page.flatMap(({ rid, state }) => (isOpen(state) ? [rid] : [])));
    }
  }

  async function applyReceiptsOf(rids: readonly string[]): Promise<void> {
    const ids = rids.flatMap((rid) => [receiptId(rid, 'RECEIVED'), receiptId(rid, 'OUTCOME')]);
    const found = await incoming.findByIds(ids).exec();
    for (const id of ids) {
      const entry = found.get(id);
      if (entry) await apply(entry.toMutableJSON());
    }
  }

  // One after the other: RECEIVED and OUTCOME of one packet must not overtake each other.
  let applying: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = applying.then(work);
    applying = done.catch(() => undefined);
    return done;
  };
  const subscription = incoming.$.subscribe(({ documentData, operation }) => {
    if (operation === 'DELETE') return;
    inTurn(() => apply(documentData)).catch((error: unknown) => {
      missed = true;
      log.error({ err: error, id: documentData.id }, 'inbox');
    });
  });

  return {
    catchUp: () =>
      inTurn(async () => {
        if (!missed) return;
        await applyAll();
        missed = false;
      }),
    beginAnew: () =>
      inTurn(async () => {
        missed = true;
        await applyAll();
        missed = false;
      }),
    lookAgain: (rid) => inTurn(() => applyReceiptsOf([rid])),
    outcomeReceipt: async (rid) => {
      const entry = await incoming.findOne(receiptId(rid, 'OUTCOME')).exec();
      const document = entry ? read(entry.toMutableJSON()) : undefined;
      return document?.kind === 'receipt' && isToBeBelieved(document.body) ? document.body : undefined;
    },
    result: async (rid) => {
      const entry = await incoming.findOne(resultId(rid)).exec();
      if (!entry) return undefined;
      const document = read(entry.toMutableJSON());
      if (document?.kind !== 'result') return undefined;
      const { body } = document;
      return openResult(body, openingKey(identity, body.keyId), signerOf(core, body.signature));
    },
    openTasks: async () => {
      const found = await incoming.find({ selector: { id: { $gte: 'task:', $lt: 'task;' } } }).exec();
      const tasks = found.flatMap((entry) => {
        const document = read(entry.toMutableJSON());
        return document?.kind === 'task' ? [document.body] : [];
      });
      // Tasks stay as long as their registration, so they are all looked at and few are verified.
      const states = await queue.states(tasks.map(({ rid }) => rid));
      return tasks.filter((task) => {
        const state = states.get(task.rid);
        return state !== undefined && isOpen(state) && verifyTask(task, signerOf(core, task.signature));
      });
    },
    stop: async () => {
      subscription.unsubscribe();
      await applying;
    },
  };
}
