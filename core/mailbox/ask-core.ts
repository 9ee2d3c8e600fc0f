/** The command's end of the mailbox: puts an order in, and tells what the running core says to it. */
import { type FileHandle, open, rm, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isStatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { writeDurably } from '@enroute/sync/disk/durable-file.ts';
import type { z } from 'zod';
import { type Answer, type Problem, readAnswer } from './answers.ts';
import { type Mailbox, newOrderId, openMailbox, type Protocol } from './mailbox.ts';

export interface AskSettings {
  /** An order that nobody has taken by then is taken back. */
  readonly takenWithinMs: number;
  /** The core says at least so often that it is at work. */
  readonly silenceMs: number;
  readonly pollMs: number;
}

export const ASK_SETTINGS: AskSettings = { takenWithinMs: 15_000, silenceMs: 60_000, pollMs: 100 };
const READ_BYTES = 64 * 1024;

/**
 * @throws EnrouteError ENR-CRR-010 when no core takes the order: it is taken back then; when the core falls silent
 *   ENR-CRR-012, or ENR-OPS-009 of an order that no later start is to carry out; ENR-CRR-014 when the core is another
 *   user's; or what the core says has failed.
 */
export async function* askCore<Order, Step>(
  coreFolder: string,
  protocol: Protocol<Order, Step>,
  order: Order,
  settings: AskSettings = ASK_SETTINGS,
): AsyncGenerator<Step> {
  const mailbox = await openMailbox(coreFolder, protocol.mailbox);
  const id = newOrderId(new Date());
  await writeDurably(mailbox.waitingPath(id), Buffer.from(JSON.stringify(checked(order, protocol.order))));
  try {
    yield* stepsOf(mailbox, id, protocol, settings);
  } catch (error) {
    const isSilent = error instanceof EnrouteError && error.code === 'ENR-CRR-012';
    if (!isSilent || protocol.cutShort === 'begun-again') throw error;
    await rm(mailbox.waitingPath(id), { force: true });
    await rm(mailbox.workingPath(id), { force: true });
    throw new EnrouteError('ENR-OPS-009');
  }
}

async function* stepsOf<Order, Step>(
  mailbox: Mailbox,
  id: string,
  { step }: Protocol<Order, Step>,
  settings: AskSettings,
): AsyncGenerator<Step> {
  const file = await openAnswers(mailbox, id, settings);
  try {
    for await (const answer of answersIn(file, step, settings)) {
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
function checked<Order>(order: Order, schema: z.ZodType<Order>): Order {
  if (schema.safeParse(order).success) return order;
  throw new EnrouteError('ENR-OPS-005', 'order');
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

async function* answersIn<Step>(
  file: FileHandle,
  step: z.ZodType<Step>,
  { silenceMs, pollMs }: AskSettings,
): AsyncGenerator<Answer<Step>> {
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
      const answer = readAnswer(line, step);
      if (answer) yield answer;
    }
  }
}

function failureOf({ code, detail }: Problem): EnrouteError {
  return new EnrouteError(isStatusCode(code) ? code : 'ENR-WEB-002', detail ?? undefined);
}
