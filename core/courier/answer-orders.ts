/** The running core's end of the mailbox: takes one order after the other and says what comes of it, line by line. */
import { watch } from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { problemOf, type TakeStep, type WriteStep } from '@enroute/sync/courier/steps.ts';
import type { Logger } from 'pino';
import { refusalOfFullDisk } from '../gateway/uploads/admission.ts';
import { AnswerFile } from './answer-file.ts';
import type { Courier } from './courier.ts';
import { type Answer, MAX_ORDER_BYTES, type Mailbox, type Order, openMailbox, orderSchema } from './orders.ts';
import { removeOlderThan } from './remove-older-than.ts';

export interface OrdersOptions {
  /** The core's folder. */
  readonly folder: string;
  readonly courier: Courier;
  readonly now: () => Date;
  readonly log: Logger;
  /** Looked for so often where the file system tells nothing. */
  readonly pollMs?: number;
}

const POLL_MS = 1_000;
/** Whoever gave such an order, or waits for such an answer, has gone long ago. */
const STALE_AFTER_MS = 24 * 60 * 60 * 1000;

/** @returns ends it at once; an order that is not done then is begun again at the next start. */
export async function answerOrders(options: OrdersOptions): Promise<() => Promise<void>> {
  const mailbox = await openMailbox(options.folder);
  const stopping = new AbortController();
  const running = new OrderDesk(options, mailbox, stopping.signal).run();
  return async () => {
    stopping.abort();
    await running;
  };
}

class OrderDesk {
  readonly #options: OrdersOptions;
  readonly #mailbox: Mailbox;
  readonly #stopping: AbortSignal;

  constructor(options: OrdersOptions, mailbox: Mailbox, stopping: AbortSignal) {
    this.#options = options;
    this.#mailbox = mailbox;
    this.#stopping = stopping;
  }

  async run(): Promise<void> {
    const { log, pollMs = POLL_MS } = this.#options;
    let isFirst = true;
    while (!this.#stopping.aborted) {
      try {
        await this.#lookOnce(isFirst);
        isFirst = false;
      } catch (error) {
        log.error({ err: error }, 'courier: will look again');
      }
      await this.#pause(pollMs);
    }
  }

  /** @param isStart what an earlier run has left half done is begun again */
  async #lookOnce(isStart: boolean): Promise<void> {
    const before = new Date(this.#options.now().getTime() - STALE_AFTER_MS);
    for (const folder of [this.#mailbox.ordersFolder, this.#mailbox.answersFolder]) {
      await removeOlderThan(folder, before);
    }
    for (const name of (await readdir(this.#mailbox.ordersFolder)).sort()) {
      if (this.#stopping.aborted) return;
      const left = isStart ? this.#mailbox.workingId(name) : undefined;
      const id = left ?? this.#mailbox.waitingId(name);
      if (id && (left || (await this.#claim(id)))) await this.#answer(id);
    }
  }

  /** False when whoever gave the order has taken it back. */
  async #claim(id: string): Promise<boolean> {
    return rename(this.#mailbox.waitingPath(id), this.#mailbox.workingPath(id)).then(
      () => true,
      () => false,
    );
  }

  /** What is wrong with one order keeps no other back. */
  async #answer(id: string): Promise<void> {
    const { log } = this.#options;
    try {
      const answers = await AnswerFile.open(this.#mailbox.answerPath(id));
      try {
        await this.#carryOut(id, answers);
      } finally {
        await answers.close();
      }
    } catch (error) {
      log.error({ err: error, order: id }, 'courier order can not be answered');
      // It is gone already where all but its last line could be said.
      await rename(this.#mailbox.workingPath(id), this.#mailbox.waitingPath(id)).catch(() => undefined);
    }
  }

  async #carryOut(id: string, answers: AnswerFile): Promise<void> {
    const last = await this.#work(id, answers);
    if (!last) return;
    try {
      await answers.say(last);
    } finally {
      await rm(this.#mailbox.workingPath(id), { force: true, recursive: true });
    }
    this.#options.log.info({ order: id, answer: last.answer }, 'courier order done');
  }

  /** @returns how it ended; undefined when the core stops before. */
  async #work(id: string, answers: AnswerFile): Promise<Answer | undefined> {
    try {
      for await (const step of this.#steps(await this.#read(id))) {
        await answers.say({ answer: 'step', step });
        if (this.#stopping.aborted) return undefined;
      }
      return { answer: 'done' };
    } catch (error) {
      if (this.#stopping.aborted) return undefined;
      const told = error instanceof EnrouteError ? error : refusalOfFullDisk(error, 0);
      if (told) return { answer: 'failed', problem: problemOf(told) };
      this.#options.log.error({ err: error, order: id }, 'courier order failed');
      return { answer: 'failed', problem: problemOf({ code: 'ENR-WEB-002', detail: undefined }) };
    }
  }

  #steps(order: Order): AsyncIterable<TakeStep | WriteStep> {
    const { courier } = this.#options;
    if (order.order === 'import') return courier.import(order.bundles, this.#stopping);
    const { station, folder, since, maxFileBytes, maxBytes } = order;
    const from = since === null ? undefined : new Date(since);
    return courier.export({ station, folder, since: from, maxFileBytes, maxBytes: maxBytes ?? undefined });
  }

  async #read(id: string): Promise<Order> {
    const path = this.#mailbox.workingPath(id);
    const text = await readOrder(path).catch((cause: unknown) => {
      if (cause instanceof EnrouteError) throw cause;
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'order';
      throw new EnrouteError('ENR-OPS-006', code, cause);
    });
    try {
      return orderSchema.parse(JSON.parse(text));
    } catch {
      // The parser's message quotes the text.
      throw new EnrouteError('ENR-OPS-005', 'order');
    }
  }

  /** Until something happens in the folder, or for so long. */
  async #pause(pollMs: number): Promise<void> {
    const woken = new AbortController();
    const signal = AbortSignal.any([woken.signal, this.#stopping]);
    const watcher = this.#watch(() => woken.abort());
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    watcher?.close();
  }

  /** Undefined where the file system can't tell. */
  #watch(wake: () => void): ReturnType<typeof watch> | undefined {
    try {
      return watch(this.#mailbox.ordersFolder, wake).on('error', () => undefined);
    } catch {
      return undefined;
    }
  }
}

async function readOrder(path: string): Promise<string> {
  if ((await stat(path)).size > MAX_ORDER_BYTES) throw new EnrouteError('ENR-OPS-005', 'order');
  return readFile(path, 'utf8');
}
