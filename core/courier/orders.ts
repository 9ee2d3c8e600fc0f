/** What a command asks of the running core's courier: to take bundles in, or to write one. */
import { isAbsolute } from 'node:path';
import { stationSchema, timeSchema } from '@enroute/shared/schemas/common.ts';
import { MAX_FILE_BYTES } from '@enroute/sync/courier/limits.ts';
import { type TakeStep, takeStepSchema, type WriteStep, writeStepSchema } from '@enroute/sync/courier/steps.ts';
import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import { auditedSteps, type Beginning } from '../audit/audited.ts';
import { noteSchema } from '../audit/entry.ts';
import { answerOrders, type DeskOptions } from '../mailbox/answer-orders.ts';
import { ASK_SETTINGS, type AskSettings, askCore } from '../mailbox/ask-core.ts';
import type { Protocol } from '../mailbox/mailbox.ts';
import type { Courier } from './courier.ts';

/** Of one order; a command that has more gives several. */
const MAX_BUNDLES = 100;
const MAX_PATH_CHARACTERS = 4_096;
/** A character is six bytes where JSON has to spell it out; the rest of an order is less than one path. */
const CHARACTER_BYTES = 6;
export const MAX_ORDER_BYTES = (MAX_BUNDLES + 1) * MAX_PATH_CHARACTERS * CHARACTER_BYTES;

/** The core runs in another folder than whoever asks. */
const pathSchema = z.string().max(MAX_PATH_CHARACTERS).refine(isAbsolute, 'an absolute path');

const importOrderSchema = z.strictObject({
  v: z.literal(1),
  order: z.literal('import'),
  by: noteSchema.shape.by,
  bundles: z.array(pathSchema).min(1).max(MAX_BUNDLES),
});

const exportOrderSchema = z.strictObject({
  v: z.literal(1),
  order: z.literal('export'),
  by: noteSchema.shape.by,
  station: stationSchema,
  folder: pathSchema,
  since: timeSchema.nullable(),
  maxFileBytes: z.int().positive().max(MAX_FILE_BYTES),
  maxBytes: z.int().positive().nullable(),
});

const orderSchema = z.discriminatedUnion('order', [importOrderSchema, exportOrderSchema]);
export type Order = z.infer<typeof orderSchema>;

type Step = TakeStep | WriteStep;

const COURIER_ORDERS: Protocol<Order, Step> = {
  mailbox: 'courier',
  order: orderSchema,
  step: z.union([takeStepSchema, writeStepSchema]),
  maxOrderBytes: MAX_ORDER_BYTES,
  cutShort: 'begun-again',
  // Each file's beginning and end are told always.
  isDetail: ({ step }) => step === 'entry' || step === 'hole',
};

/** The same as orders of which each is as long as one may be. */
export function ordersOf(order: Order): Order[] {
  if (order.order === 'export') return [order];
  const orders: Order[] = [];
  for (let at = 0; at < order.bundles.length; at += MAX_BUNDLES) {
    orders.push({ ...order, bundles: order.bundles.slice(at, at + MAX_BUNDLES) });
  }
  return orders;
}

/** Has the core that runs do it. @throws as `askCore` does */
export async function* askCourier(
  coreFolder: string,
  order: Order,
  settings: AskSettings = ASK_SETTINGS,
): AsyncGenerator<Step> {
  for (const piece of ordersOf(order)) yield* askCore(coreFolder, COURIER_ORDERS, piece, settings);
}

/** @returns ends it at once; an order that is not done then is begun again at the next start. */
export function answerCourierOrders(
  options: DeskOptions & { readonly courier: Courier; readonly audit: Pick<Audit, 'note'> },
): Promise<() => Promise<void>> {
  const { courier, audit } = options;
  return answerOrders({
    ...options,
    protocol: COURIER_ORDERS,
    carryOut: (order, stopping) => auditedSteps(audit, beginningOf(order), stepsOf(order, courier, stopping)),
  });
}

/** What an order is in the audit, whoever carries it out. */
export function beginningOf(order: Order): Beginning {
  const done = order.order === 'import' ? `${order.bundles.length} files` : `station ${order.station}`;
  return { by: order.by, act: `courier.${order.order}`, done };
}

/** What comes of it, step by step. */
export function stepsOf(order: Order, courier: Courier, stopping?: AbortSignal): AsyncIterable<Step> {
  if (order.order === 'import') return courier.import(order.bundles, stopping);
  const { station, folder, since, maxFileBytes, maxBytes } = order;
  const from = since === null ? undefined : new Date(since);
  return courier.export({ station, folder, since: from, maxFileBytes, maxBytes: maxBytes ?? undefined });
}
