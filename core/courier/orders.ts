/**
 * What a command asks of the core that runs, and what it is told in return. The embedded store belongs to one process, so
 * the two speak through a mailbox in the core's folder:
 *
 * ```
 * courier/orders/<id>.json      an order that waits; it appears whole, by a rename
 * courier/orders/<id>.working   the same while the core carries it out; what is found so at a start is begun again
 * courier/answers/<id>.ndjson   what the core says to it, line by line; the last one is `done` or `failed`
 * ```
 * Carrying out an order twice does no harm: what was taken is known, and a bundle more on a stick is a copy. The folders
 * are the owner's only: whoever may write there may read the core's databases, too.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { stationSchema, timeSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { MAX_FILE_BYTES } from '@enroute/sync/courier/limits.ts';
import { problemSchema, takeStepSchema, writeStepSchema } from '@enroute/sync/courier/steps.ts';
import { z } from 'zod';
import { courierFolder } from './courier.ts';

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
  bundles: z.array(pathSchema).min(1).max(MAX_BUNDLES),
});

const exportOrderSchema = z.strictObject({
  v: z.literal(1),
  order: z.literal('export'),
  station: stationSchema,
  folder: pathSchema,
  since: timeSchema.nullable(),
  maxFileBytes: z.int().positive().max(MAX_FILE_BYTES),
  maxBytes: z.int().positive().nullable(),
});

export const orderSchema = z.discriminatedUnion('order', [importOrderSchema, exportOrderSchema]);
export type Order = z.infer<typeof orderSchema>;

/** The same as orders of which each is as long as one may be. */
export function ordersOf(order: Order): Order[] {
  if (order.order === 'export') return [order];
  const orders: Order[] = [];
  for (let at = 0; at < order.bundles.length; at += MAX_BUNDLES) {
    orders.push({ ...order, bundles: order.bundles.slice(at, at + MAX_BUNDLES) });
  }
  return orders;
}

export const answerSchema = z.discriminatedUnion('answer', [
  z.object({ answer: z.literal('step'), step: z.union([takeStepSchema, writeStepSchema]) }),
  /** Nothing new, and still at work. */
  z.object({ answer: z.literal('working') }),
  z.object({ answer: z.literal('done') }),
  z.object({ answer: z.literal('failed'), problem: problemSchema }),
]);
export type Answer = z.infer<typeof answerSchema>;

/** By the time at which it was made, so that orders are taken in turn. */
const ORDER_ID = /^\d{13}-[0-9a-f]{16}$/;
const WAITING = '.json';
const WORKING = '.working';

export function newOrderId(now: Date): string {
  return `${String(now.getTime()).padStart(13, '0')}-${randomBytes(8).toString('hex')}`;
}

export interface Mailbox {
  readonly ordersFolder: string;
  readonly answersFolder: string;
  waitingPath(id: string): string;
  workingPath(id: string): string;
  answerPath(id: string): string;
  /** The id in a file's name; undefined for another file. */
  waitingId(name: string): string | undefined;
  workingId(name: string): string | undefined;
}

/** @throws EnrouteError ENR-CRR-014 when it is another user's. */
export async function openMailbox(folder: string): Promise<Mailbox> {
  const base = courierFolder(folder);
  const [ordersFolder, answersFolder] = [join(base, 'orders'), join(base, 'answers')];
  for (const made of [base, ordersFolder, answersFolder]) {
    await makePrivate(made).catch((error: unknown) => {
      throw isForbidden(error) ? new EnrouteError('ENR-CRR-014', undefined, error) : error;
    });
  }
  const idIn = (name: string, suffix: string): string | undefined => {
    const id = name.endsWith(suffix) ? name.slice(0, -suffix.length) : '';
    return ORDER_ID.test(id) ? id : undefined;
  };
  return {
    ordersFolder,
    answersFolder,
    waitingPath: (id) => join(ordersFolder, `${id}${WAITING}`),
    workingPath: (id) => join(ordersFolder, `${id}${WORKING}`),
    answerPath: (id) => join(answersFolder, `${id}.ndjson`),
    waitingId: (name) => idIn(name, WAITING),
    workingId: (name) => idIn(name, WORKING),
  };
}

async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

function isForbidden(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EACCES' || code === 'EPERM';
}
