/**
 * Orders as they are kept: what was only shown, in documents of whoever has looked, for an hour; what was given, for a
 * month. Ids begin with their time, so what nobody asks for any more comes first.
 */
import { randomBytes } from 'node:crypto';
import { actorIdSchema, ridSchema, timeSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import { orderedSchema } from '../../pipeline/events/event.ts';
import { type Database, type Doc, StoreError } from '../../store/store.ts';
import { MAX_FOUND } from './look.ts';
import { selectionSchema } from './selection.ts';

const orderSchema = z.strictObject({
  _id: z.string(),
  _rev: z.string(),
  v: z.literal(1),
  state: z.enum(['previewed', 'begun', 'given']),
  by: actorIdSchema,
  at: timeSchema,
  act: orderedSchema,
  selection: selectionSchema,
  rids: z.array(ridSchema).max(MAX_FOUND),
  /** Of so many, from the first, the events are written. */
  written: z.int().nonnegative(),
});

export type Order = z.infer<typeof orderSchema>;
/** What there is to say of an order before it is kept. */
export type OrderDraft = Pick<Order, 'by' | 'act' | 'selection' | 'rids'>;

export interface KeptOrders {
  /** The oldest previews of whoever has looked very often give way. @throws StoreError */
  preview(draft: OrderDraft): Promise<Order>;
  /** Of one that is carried out without a preview. @param id by `newOrderId` @throws StoreError */
  given(id: string, draft: OrderDraft): Promise<Order>;
  /** What that person was shown, or has begun or given. */
  ofPerson(id: string, by: string): Promise<Order | undefined>;
  /** One that was begun or given. */
  find(id: string): Promise<Order | undefined>;
  /** @throws EnrouteError ENR-ACT-002 when somebody else carries it out at this moment. */
  move(order: Order, to: Pick<Order, 'state' | 'written'>): Promise<Order>;
}

const TOKEN = /^[0-9a-f]{32}$/;
const TIME_DIGITS = 12;
const RANDOM_BYTES = 10;
const ORDERS = 'order:';
const PREVIEWS = 'preview:';
/** No character of a person's id. */
const OF_PERSON = '/';
/** The one behind `OF_PERSON`. */
const BEHIND_PERSON = '0';
const MINUTE_MS = 60 * 1000;
const PREVIEW_KEPT_MS = 60 * MINUTE_MS;
const ORDER_KEPT_MS = 30 * 24 * 60 * MINUTE_MS;
const SWEPT_EVERY_MS = 10 * MINUTE_MS;
const SWEPT_AT_ONCE = 20;
const MAX_PREVIEWS = 10;

export function openKeptOrders(database: Database, now: () => Date): KeptOrders {
  let sweptAt = Number.NEGATIVE_INFINITY;

  const read = async (docId: string): Promise<Order | undefined> => {
    const doc = await database.get<Doc>(docId);
    return doc && orderSchema.parse(doc);
  };

  const note = async (docId: string, draft: OrderDraft, to: Pick<Order, 'state' | 'written'>): Promise<Order> => {
    if (now().getTime() - sweptAt > SWEPT_EVERY_MS) {
      await sweep(database, now());
      sweptAt = now().getTime();
    }
    const doc = { _id: docId, v: 1 as const, at: now().toISOString(), ...draft, ...to };
    const [result] = await database.write([doc]);
    if (!result?.ok) throw new StoreError('the order was not taken', { transient: false });
    return { ...doc, _rev: result.rev };
  };

  return {
    preview: async (draft) => {
      await makeRoom(draft.by, database);
      return note(previewId(newOrderId(now()), draft.by), draft, { state: 'previewed', written: 0 });
    },
    given: (id, draft) => note(orderId(id), draft, { state: 'given', written: draft.rids.length }),
    ofPerson: async (id, by) => {
      if (!TOKEN.test(id)) return undefined;
      const order = (await read(orderId(id))) ?? (await read(previewId(id, by)));
      return order?.by === by ? order : undefined;
    },
    find: async (id) => (TOKEN.test(id) ? read(orderId(id)) : undefined),
    move: async (order, to) => {
      const { _id, _rev, ...kept } = { ...order, ...to };
      const isPreview = _id.startsWith(PREVIEWS);
      const next = isPreview ? { _id: orderId(nameOf(order)), ...kept } : { _id, _rev, ...kept };
      const [result] = await database.write([next]);
      if (!result?.ok) throw new EnrouteError('ENR-ACT-002', 'it is being carried out');
      // Should this not be done, it is found as what it has become all the same.
      if (isPreview) await database.write([{ _id, _rev, _deleted: true }]);
      return { ...next, _rev: result.rev };
    },
  };
}

export function newOrderId(now: Date): string {
  return `${timePart(now)}${randomBytes(RANDOM_BYTES).toString('hex')}`;
}

/** As people name it. */
export function nameOf({ _id }: Pick<Order, '_id'>): string {
  return _id.slice(-(TIME_DIGITS + 2 * RANDOM_BYTES));
}

export function isOrderName(text: string): boolean {
  return TOKEN.test(text);
}

async function makeRoom(by: string, database: Database): Promise<void> {
  const [start, end] = [`${PREVIEWS}${by}${OF_PERSON}`, `${PREVIEWS}${by}${BEHIND_PERSON}`];
  const there = await database.range<Doc>({ start, end, limit: SWEPT_AT_ONCE });
  await forget(there.slice(0, Math.max(0, there.length - MAX_PREVIEWS + 1)), database);
}

async function sweep(database: Database, now: Date): Promise<void> {
  const old = (keptMs: number): string => timePart(new Date(now.getTime() - keptMs));
  const [lastPreview, lastOrder] = [old(PREVIEW_KEPT_MS), orderId(old(ORDER_KEPT_MS))];
  await sweepRange(database, { start: PREVIEWS, end: `${PREVIEWS}~` }, (doc) => nameOf(doc) < lastPreview);
  await sweepRange(database, { start: ORDERS, end: lastOrder }, () => true);
}

async function sweepRange(
  database: Database,
  { start, end }: { readonly start: string; readonly end: string },
  isOld: (doc: Doc) => boolean,
): Promise<void> {
  for (let from = start; ; ) {
    const page = await database.range<Doc>({ start: from, end, limit: SWEPT_AT_ONCE });
    await forget(page.filter(isOld), database);
    const last = page.at(-1);
    if (!last || page.length < SWEPT_AT_ONCE) return;
    from = `${last._id}\u0000`;
  }
}

async function forget(docs: readonly Doc[], database: Database): Promise<void> {
  if (docs.length > 0) await database.write(docs.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
}

function timePart(at: Date): string {
  return at.getTime().toString(16).padStart(TIME_DIGITS, '0');
}

function orderId(id: string): string {
  return `${ORDERS}${id}`;
}

function previewId(id: string, by: string): string {
  return `${PREVIEWS}${by}${OF_PERSON}${id}`;
}
