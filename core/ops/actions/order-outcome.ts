/** What became of an order: read from the events that it wrote, and from the registrations that they were for. */
import type { StoredRegistration } from '../../databases.ts';
import { type Database, type Doc, MAX_BATCH } from '../../store/store.ts';
import { nameOf, type Order } from './kept-orders.ts';

export interface OrderOutcome {
  /** It has become part of the registration. */
  readonly applied: number;
  /** There was nothing to do for it any more: the registration had ended or gone on. */
  readonly ignored: number;
  /** Its lane's worker has not come to it, or its event is not written yet. */
  readonly waiting: number;
}

export interface OrderOutcomes {
  /** @throws StoreError */
  of(order: Order): Promise<OrderOutcome>;
}

/** Whoever gave an order asks for it again and again: those that were found applied are not read once more. */
const MOST_REMEMBERED = 20;

export function openOrderOutcomes({
  registrations,
  events,
}: {
  readonly registrations: Database;
  readonly events: Database;
}): OrderOutcomes {
  /** By order, in the order in which they were asked for: which were applied. */
  const remembered = new Map<string, Set<string>>();

  const appliedOf = (order: Order): Set<string> => {
    const id = nameOf(order);
    const applied = remembered.get(id) ?? new Set<string>();
    remembered.delete(id);
    remembered.set(id, applied);
    for (const [oldest] of remembered) {
      if (remembered.size <= MOST_REMEMBERED) break;
      remembered.delete(oldest);
    }
    return applied;
  };

  return {
    of: async (order) => {
      const applied = appliedOf(order);
      const written = order.rids.slice(0, order.written);
      let waiting = order.rids.length - written.length;
      const asked = written.filter((rid) => !applied.has(rid));
      for (let from = 0; from < asked.length; from += MAX_BATCH) {
        const rids = asked.slice(from, from + MAX_BATCH);
        // In this order: an event that is gone by then has been applied before, if it was.
        const open = new Set((await events.getMany<Doc>(rids.map((rid) => eventId(rid, order)))).map(({ _id }) => _id));
        const gone = rids.filter((rid) => !open.has(eventId(rid, order)));
        waiting += open.size;
        for (const registration of gone.length > 0 ? await registrations.getMany<StoredRegistration>(gone) : []) {
          const { _id: rid } = registration;
          if (registration.applied?.includes(eventId(rid, order))) applied.add(rid);
        }
      }
      return { applied: applied.size, waiting, ignored: order.rids.length - applied.size - waiting };
    },
  };
}

/** Each has the id of its order: given once more, they are there once. */
export function eventId(rid: string, order: Pick<Order, '_id'>): string {
  return `${rid}:order-${nameOf(order)}`;
}
