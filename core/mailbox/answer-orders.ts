/**
 * The running core's end of the mailbox: takes one order after the other and says what comes of it, line by line. What
 * becomes of those that were cut short, by a crash or by the stop of the core, is for the protocol to say.
 */
import { watch } from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { problemOf } from '@enroute/sync/courier/steps.ts';
import type { Logger } from 'pino';
import { refusalOfFullDisk } from '../gateway/uploads/admission.ts';
import { AnswerFile } from './answer-file.ts';
import type { Answer } from './answers.ts';
import { ASK_SETTINGS } from './ask-core.ts';
import { type Mailbox, openMailbox, orderedAt, type Protocol } from './mailbox.ts';
import { removeOlderThan } from './remove-older-than.ts';

export interface DeskOptions {
  /** The core's folder. */
  readonly folder: string;
  readonly now: () => Date;
  readonly log: Logger;
  /** Looked for so often where the file system tells nothing. */
  readonly pollMs?: number;
}

export interface OrdersOptions<Order, Step> extends DeskOptions {
  readonly protocol: Protocol<Order, Step>;
  /** @returns what is said while it is carried out. @throws EnrouteError that whoever gave the order is told of. */
  readonly carryOut: (order: Order, stopping: AbortSignal) => AsyncIterable<Step>;
}

const POLL_MS = 1_000;
/** Whoever gave such an order, or waits for such an answer, has gone long ago. */
const STALE_AFTER_MS = 24 * 60 * 60 * 1000;
const GIVEN_BACK = {
  answer: 'failed',
  problem: problemOf({ code: 'ENR-OPS-009', detail: undefined }),
} as const satisfies Answer<never>;

/** @returns ends it; an order that is at work then is aborted, or comes to its end where it does not heed that. */
export async function answerOrders<Order, Step>(options: OrdersOptions<Order, Step>): Promise<() => Promise<void>> {
  const mailbox = await openMailbox(options.folder, options.protocol.mailbox);
  const stopping = new AbortController();
  const running = new OrderDesk(options, mailbox, stopping.signal).run();
  return async () => {
    stopping.abort();
    await running;
  };
}

class OrderDesk<Order, Step> {
  readonly #options: OrdersOptions<Order, Step>;
  readonly #mailbox: Mailbox;
  readonly #stopping: AbortSignal;

  constructor(options: OrdersOptions<Order, Step>, mailbox: Mailbox, stopping: AbortSignal) {
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
        log.error({ err: error }, 'orders: will look again');
      }
      await this.#pause(pollMs);
    }
  }

  /** @param isStart what is at work then was so in an earlier run, which has ended over it */
  async #lookOnce(isStart: boolean): Promise<void> {
    const before = new Date(this.#options.now().getTime() - STALE_AFTER_MS);
    for (const folder of [this.#mailbox.ordersFolder, this.#mailbox.answersFolder]) {
      await removeOlderThan(folder, before);
    }
    for (const name of (await readdir(this.#mailbox.ordersFolder)).sort()) {
      if (this.#stopping.aborted) return;
      const left = isStart ? this.#mailbox.workingId(name) : undefined;
      const id = left ?? this.#mailbox.waitingId(name);
      if (id && (left || (await this.#claim(id)))) await this.#answer(id, Boolean(left) || this.#isForgotten(id));
    }
  }

  /** Whoever gave it has stopped waiting for it to be taken. */
  #isForgotten(id: string): boolean {
    return this.#options.now().getTime() - orderedAt(id) > ASK_SETTINGS.takenWithinMs;
  }

  /** False when whoever gave the order has taken it back. */
  async #claim(id: string): Promise<boolean> {
    return rename(this.#mailbox.waitingPath(id), this.#mailbox.workingPath(id)).then(
      () => true,
      () => false,
    );
  }

  /** What is wrong with one order keeps no other back. @param isLate nobody may wait for it any more */
  async #answer(id: string, isLate: boolean): Promise<void> {
    const { log } = this.#options;
    try {
      const { isDetail = () => false } = this.#options.protocol;
      const answers = await AnswerFile.open<Step>(this.#mailbox.answerPath(id), isDetail);
      try {
        await this.#carryOut(id, answers, isLate);
      } finally {
        await answers.close();
      }
    } catch (error) {
      log.error({ err: error, order: id }, 'an order that can not be answered');
      // It is gone already where all but its last line could be said.
      await rename(this.#mailbox.workingPath(id), this.#mailbox.waitingPath(id)).catch(() => undefined);
    }
  }

  async #carryOut(id: string, answers: AnswerFile<Step>, isLate: boolean): Promise<void> {
    const last = isLate && this.#givesBack ? GIVEN_BACK : await this.#work(id, answers);
    if (!last) return;
    try {
      await answers.say(last);
    } finally {
      await rm(this.#mailbox.workingPath(id), { force: true, recursive: true });
    }
    this.#options.log.info({ order: id, answer: last.answer }, 'order done');
  }

  get #givesBack(): boolean {
    return this.#options.protocol.cutShort === 'given-back';
  }

  /** @returns how it ended; undefined when the core stops before, and the next start is to begin it again. */
  async #work(id: string, answers: AnswerFile<Step>): Promise<Answer<Step> | undefined> {
    try {
      for await (const step of this.#options.carryOut(await this.#read(id), this.#stopping)) {
        await answers.say({ answer: 'step', step });
        if (this.#stopping.aborted && !this.#givesBack) return undefined;
      }
      return { answer: 'done' };
    } catch (error) {
      if (this.#stopping.aborted && !this.#givesBack) return undefined;
      const told = error instanceof EnrouteError ? error : refusalOfFullDisk(error, 0);
      if (told) return { answer: 'failed', problem: problemOf(told) };
      if (this.#stopping.aborted) return GIVEN_BACK;
      this.#options.log.error({ err: error, order: id }, 'order failed');
      return { answer: 'failed', problem: problemOf({ code: 'ENR-WEB-002', detail: undefined }) };
    }
  }

  async #read(id: string): Promise<Order> {
    const path = this.#mailbox.workingPath(id);
    const { protocol } = this.#options;
    const text = await readOrder(path, protocol.maxOrderBytes).catch((cause: unknown) => {
      if (cause instanceof EnrouteError) throw cause;
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'order';
      throw new EnrouteError('ENR-OPS-006', code, cause);
    });
    try {
      return protocol.order.parse(JSON.parse(text));
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

async function readOrder(path: string, maxBytes: number): Promise<string> {
  if ((await stat(path)).size > maxBytes) throw new EnrouteError('ENR-OPS-005', 'order');
  return readFile(path, 'utf8');
}
