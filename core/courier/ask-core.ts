/** The command's end of the mailbox: puts an order in, and tells what the running core says to it. */
import { type FileHandle, open, rm, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isStatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { TakeStep, WriteStep } from '@enroute/sync/courier/steps.ts';
import { writeDurably } from '@enroute/sync/disk/durable-file.ts';
import {
  type Answer,
  answerSchema,
  type Mailbox,
  newOrderId,
  type Order,
  openMailbox,
  orderSchema,
  ordersOf,
} from './orders.ts';

export interface AskSettings {
  /** An order that nobody has taken by then is taken back. */
  readonly takenWithinMs: number;
  /** The core says at least so often that it is at work. */
  readonly silenceMs: number;
  readonly pollMs: number;
}

const SETTINGS: AskSettings = { takenWithinMs: 15_000, silenceMs: 60_000, pollMs: 100 };
const READ_BYTES = 64 * 1024;

/**
 * @throws EnrouteError ENR-CRR-010 when no core takes the order: it is taken back then; -012 when the core falls silent;
 *   -014 when the core is another user's; or what the core says has failed.
 */
export async function* askCore(
  folder: string,
  order: Order,
  settings: AskSettings = SETTINGS,
): AsyncGenerator<TakeStep | WriteStep> {
  const mailbox = await openMailbox(folder);
  for (const piece of ordersOf(order)) yield* giveOrder(mailbox, piece, settings);
}

async function* giveOrder(mailbox: Mailbox, order: Order, settings: AskSettings): AsyncGenerator<TakeStep | WriteStep> {
  const id = newOrderId(new Date());
  await writeDurably(mailbox.waitingPath(id), Buffer.from(JSON.stringify(checked(order))));
  const file = await openAnswers(mailbox, id, settings);
  try {
    for await (const answer of answersIn(file, settings)) {
      if (answer.answer === 'done') return;
      if (answer.answer === 'failed') throw failureOf(answer.problem);
      if (answer.answer === 'step') yield answer.step;
    }
  } finally {
    await file.close();
    // Whoever goes away before the end leaves it to be swept.
    await rm(mailbox.answerPath(id), { force: true });
  }
}

/** @throws EnrouteError ENR-OPS-005 for what no core takes, such as a path without end. */
function checked(order: Order): Order {
  const { data } = orderSchema.safeParse(order);
  if (!data) throw new EnrouteError('ENR-OPS-005', 'order');
  return data;
}

async function openAnswers(
  mailbox: Mailbox,
  id: string,
  { takenWithinMs, silenceMs, pollMs }: AskSettings,
): Promise<FileHandle> {
  const begun = performance.now();
  let isTaken = false;
  for (;;) {
    const file = await open(mailbox.answerPath(id), 'r').catch(() => undefined);
    if (file) return file;
    const waitedMs = performance.now() - begun;
    if (waitedMs > takenWithinMs + silenceMs) throw new EnrouteError('ENR-CRR-012');
    if (waitedMs > takenWithinMs && !isTaken) {
      if (await takeBack(mailbox.waitingPath(id))) throw new EnrouteError('ENR-CRR-010');
      isTaken = true;
    }
    await sleep(pollMs);
  }
}

/** False when the core has taken it at this moment. */
function takeBack(path: string): Promise<boolean> {
  return unlink(path).then(
    () => true,
    () => false,
  );
}

async function* answersIn(file: FileHandle, { silenceMs, pollMs }: AskSettings): AsyncGenerator<Answer> {
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(READ_BYTES);
  let rest = '';
  let heardAt = performance.now();
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES, null);
    if (bytesRead === 0) {
      if (performance.now() - heardAt > silenceMs) throw new EnrouteError('ENR-CRR-012');
      await sleep(pollMs);
      continue;
    }
    heardAt = performance.now();
    const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const answer = readAnswer(line);
      if (answer) yield answer;
    }
  }
}

function failureOf({ code, detail }: Extract<Answer, { answer: 'failed' }>['problem']): EnrouteError {
  return new EnrouteError(isStatusCode(code) ? code : 'ENR-WEB-002', detail ?? undefined);
}

/** Undefined for a line that a crash of the core has torn. */
function readAnswer(line: string): Answer | undefined {
  try {
    return answerSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
