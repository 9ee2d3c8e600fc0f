/**
 * Orders to registrations, one or many. A person sees first what an order would be given to, and then has it given to just
 * those. An order is carried out by the workers of their lanes: here only an event is written for each, and later it is
 * told what became of them.
 *
 * ```
 * previewed   the registrations are found and kept with the order; good for 15 minutes, for whoever has looked
 * begun       the events are being written; who was interrupted gives the same order again, within a day
 * given       all events are written
 * ```
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { StoredRegistration } from '../../databases.ts';
import type { EventDraft, Ordered } from '../../pipeline/events/event.ts';
import { sendEvents } from '../../pipeline/events/send-events.ts';
import { type Database, MAX_BATCH } from '../../store/store.ts';
import { nameOf, newOrderId, type Order, openKeptOrders } from './kept-orders.ts';
import { type Found, type Looking, lookFor } from './look.ts';
import { eventId, type OrderOutcome, openOrderOutcomes } from './order-outcome.ts';
import type { Selection } from './selection.ts';

const PREVIEW_MS = 15 * 60 * 1000;
const BEGUN_MS = 24 * 60 * 60 * 1000;

export interface Preview extends Found {
  /** Gives this order to just these registrations. */
  readonly token: string;
  readonly expiresAt: string;
}

export interface Given {
  readonly id: string;
  readonly act: Ordered;
  readonly count: number;
}

export interface OrderStatus extends Given, OrderOutcome {
  readonly by: string;
  readonly at: string;
  readonly state: Order['state'];
}

export interface OrdersOptions {
  readonly registrations: Database;
  readonly events: Database;
  /** What was ordered, and how far it has come; and the roll of the registrations. */
  readonly checkpoints: Database;
  readonly now: () => Date;
}

export interface Orders {
  /** @throws as `lookFor` */
  preview(selection: Selection, act: Ordered, by: string, how: Looking): Promise<Preview>;
  /** @throws EnrouteError ENR-ACT-002 when the token is too old, somebody else's, or none. */
  give(token: string, by: string): Promise<Given>;
  /** To one, without a preview. @throws EnrouteError ENR-WEB-001 when there is none of that id. */
  giveOne(rid: string, act: Ordered, by: string): Promise<Given>;
  /** @throws EnrouteError ENR-ACT-003 when there is no such order. */
  status(id: string): Promise<OrderStatus>;
}

export function openOrders({ registrations, events, checkpoints, now }: OrdersOptions): Orders {
  const kept = openKeptOrders(checkpoints, now);
  const outcomes = openOrderOutcomes({ registrations, events });

  const eventFor = (rid: string, order: Pick<Order, '_id' | 'by' | 'act'>): EventDraft => {
    const { by, act } = order;
    return { _id: eventId(rid, order), kind: 'act', rid, at: now().toISOString(), by, act };
  };

  /** What was written is noted page by page: what an event had nothing to do for must not be told it again, much later. */
  async function carryOut(order: Order): Promise<Given> {
    let begun = order.state === 'begun' ? order : await kept.move(order, { state: 'begun', written: 0 });
    while (begun.written < begun.rids.length) {
      const written = Math.min(begun.written + MAX_BATCH, begun.rids.length);
      await sendEvents(
        begun.rids.slice(begun.written, written).map((rid) => eventFor(rid, order)),
        events,
      );
      begun = await kept.move(begun, { state: 'begun', written });
    }
    return givenOf(await kept.move(begun, { state: 'given', written: begun.written }));
  }

  return {
    preview: async (selection, act, by, how) => {
      const found = await lookFor(selection, { ...how, registrations, checkpoints, now });
      const order = await kept.preview({ by, act, selection, rids: [...found.rids] });
      const expiresAt = new Date(Date.parse(order.at) + PREVIEW_MS).toISOString();
      return { ...found, token: nameOf(order), expiresAt };
    },
    give: async (token, by) => {
      const order = await kept.ofPerson(token, by);
      if (!order || order.state === 'given') throw new EnrouteError('ENR-ACT-002');
      // What was begun is to be brought to its end, but not when it may be the wrong thing to do by then.
      const goodMs = order.state === 'begun' ? BEGUN_MS : PREVIEW_MS;
      if (now().getTime() > Date.parse(order.at) + goodMs) throw new EnrouteError('ENR-ACT-002');
      return carryOut(order);
    },
    giveOne: async (rid, act, by) => {
      if (!(await registrations.get<StoredRegistration>(rid))) throw new EnrouteError('ENR-WEB-001');
      const id = newOrderId(now());
      // The event first: an order that was noted and never given would be waited for, and nobody knew its number.
      await sendEvents([eventFor(rid, { _id: id, by, act })], events);
      return givenOf(await kept.given(id, { by, act, selection: { rids: [rid] }, rids: [rid] }));
    },
    status: async (id) => {
      const order = await kept.find(id);
      if (!order) throw new EnrouteError('ENR-ACT-003');
      const { by, at, state } = order;
      return { ...givenOf(order), by, at, state, ...(await outcomes.of(order)) };
    },
  };
}

function givenOf(order: Order): Given {
  return { id: nameOf(order), act: order.act, count: order.rids.length };
}
