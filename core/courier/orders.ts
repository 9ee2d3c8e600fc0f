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
import { problemSchema, takeStepSchema, writeStepSchema } from '@enroute/sync/courier/steps.ts';
import { z } from 'zod';
import { courierFolder } from './courier.ts';

export const MAX_ORDER_BYTES = 512 * 1024;
const MAX_BUNDLES = 1_000;

/** The core runs in another folder than whoever asks. */
const pathSchema = z.string().max(4_096).refine(isAbsolute, 'an absolute path');

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
  maxFileBytes: z.int().positive(),
  maxBytes: z.int().positive().nullable(),
});

export const orderSchema = z.discriminatedUnion('order', [importOrderSchema, exportOrderSchema]);
export type Order = z.infer<typeof orderSchema>;

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

export async function openMailbox(folder: string): Promise<Mailbox> {
  const base = courierFolder(folder);
  const [ordersFolder, answersFolder] = [join(base, 'orders'), join(base, 'answers')];
  for (const made of [base, ordersFolder, answersFolder]) {
    await mkdir(made, { recursive: true, mode: 0o700 });
    await chmod(made, 0o700);
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
