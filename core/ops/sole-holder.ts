/**
 * Has a piece of work done by one process of several at a time: one is at work, the others stand by. Whoever is at work
 * writes a sign of life into a document of its own revision; when none has come for the length of a lease, one of those
 * who stand by takes its place.
 *
 * ```
 * standing by -> at work    the document says that nobody holds it, or has not changed for a lease
 * at work -> standing by    somebody else wrote the document, or for nearly a lease it could not be renewed
 * ```
 * No clocks are compared: each process measures a lease by its own, from when it last saw the document change. A holder
 * counts from before its last write and waits for no answer beyond that, so it has told the work to end a heartbeat before
 * another begins. What is at hand then still comes to its end, and may last longer than the heartbeat, as it may in a
 * process that was suspended: for so long two are at work. The work must bear that. The pipeline's does: what is written
 * second meets a revision that has moved on, so something was done twice and nothing was spoilt.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database, Doc } from '../store/store.ts';
import { answerBy } from './answer-by.ts';

export interface SoleHolderOptions {
  readonly leases: Database;
  /** What is done by one alone, e.g. "worker". */
  readonly name: string;
  /** Without a sign of life, until another takes over; more than three heartbeats. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly log: Logger;
}

/** Begins the work. @returns ends it, and resolves when nothing of it runs any more. */
export type Begin = () => Promise<() => Promise<void>>;

interface LeaseDoc extends Doc {
  /** Null: given back. */
  readonly holder: string | null;
  readonly beat: number;
}

interface Held {
  readonly rev: string;
  readonly beat: number;
  /** Nobody else takes over before this, by this process's clock. */
  readonly sureUntilMs: number;
}

const HOLDER_BYTES = 8;

/** @returns ends the work, if it is at work here, and gives the place to another at once. */
export function holdAlone(options: SoleHolderOptions, begin: Begin): () => Promise<void> {
  const stopping = new AbortController();
  const running = new SoleHolder(options, begin, stopping.signal).run();
  return async () => {
    stopping.abort();
    await running;
  };
}

class SoleHolder {
  readonly #options: SoleHolderOptions;
  readonly #begin: Begin;
  readonly #stopping: AbortSignal;
  readonly #id: string;
  readonly #holder = randomBytes(HOLDER_BYTES).toString('hex');

  constructor(options: SoleHolderOptions, begin: Begin, stopping: AbortSignal) {
    this.#options = options;
    this.#begin = begin;
    this.#stopping = stopping;
    this.#id = `job:${options.name}-holder`;
  }

  async run(): Promise<void> {
    const { log, name } = this.#options;
    while (!this.#stopping.aborted) {
      const held = await this.#standBy();
      if (!held) return;
      log.info({ job: name }, 'at work here');
      try {
        await this.#work(held);
      } catch (error) {
        log.error({ err: error, job: name }, 'the work could not be begun or ended; will try again');
        await this.#pause();
      }
    }
  }

  /** @returns undefined when it is to stop before its turn has come. */
  async #standBy(): Promise<Held | undefined> {
    let seenRev: string | undefined;
    let seenAtMs = performance.now();
    while (!this.#stopping.aborted) {
      try {
        const found = await this.#options.leases.get<LeaseDoc>(this.#id);
        if (found && found._rev !== seenRev) {
          seenRev = found._rev;
          seenAtMs = performance.now();
        }
        const isFree = !found || found.holder === null || performance.now() - seenAtMs >= this.#options.leaseMs;
        const held = isFree ? await this.#write(found?._rev, (found?.beat ?? 0) + 1) : undefined;
        if (held) return held;
      } catch (error) {
        this.#options.log.warn({ err: error, job: this.#options.name }, 'standing by: the store does not answer');
      }
      await this.#pause();
    }
    return undefined;
  }

  /** Until it is to stop, or the place is lost. Signs of life go out while the work still begins. */
  async #work(first: Held): Promise<void> {
    const begun = this.#begin();
    let isFailed = false;
    // Whoever waits for it below hears of it; until then it only ends the signs of life.
    begun.catch(() => {
      isFailed = true;
    });
    let held: Held | undefined = first;
    while (held && !this.#stopping.aborted && !isFailed) {
      await this.#pause();
      held = await this.#renewed(held);
    }
    if (!held) this.#options.log.warn({ job: this.#options.name }, 'another process is at work now, or will be');
    try {
      const end = await begun;
      await end();
    } finally {
      if (held) await this.#giveBack(held);
    }
  }

  /** @returns undefined when the place is lost, or may be at any moment. */
  async #renewed(held: Held): Promise<Held | undefined> {
    try {
      return await this.#write(held.rev, held.beat + 1, held.sureUntilMs);
    } catch {
      // It may have been written all the same.
      const reading = this.#options.leases.get<LeaseDoc>(this.#id);
      const found = await answerBy(held.sureUntilMs, reading).catch(() => undefined);
      if (found && found.holder !== this.#holder) return undefined;
      const rev = found?._rev ?? held.rev;
      return performance.now() < held.sureUntilMs ? { ...held, rev } : undefined;
    }
  }

  /**
   * @param untilMs when the answer is of no use any more; left out: when what it says has run out
   * @returns undefined when somebody else has written in between. @throws StoreError; Late
   */
  async #write(rev: string | undefined, beat: number, untilMs?: number): Promise<Held | undefined> {
    const { leases, leaseMs, heartbeatMs } = this.#options;
    const sureUntilMs = performance.now() + leaseMs - heartbeatMs;
    const doc: LeaseDoc = { _id: this.#id, holder: this.#holder, beat, ...(rev === undefined ? {} : { _rev: rev }) };
    const [result] = await answerBy(untilMs ?? sureUntilMs, leases.write([doc]));
    return result?.ok ? { rev: result.rev, beat, sureUntilMs } : undefined;
  }

  async #giveBack({ rev, beat }: Held): Promise<void> {
    const doc: LeaseDoc = { _id: this.#id, _rev: rev, holder: null, beat: beat + 1 };
    // Later than that it is free in any case.
    const untilMs = performance.now() + this.#options.leaseMs;
    await answerBy(untilMs, this.#options.leases.write([doc])).catch(() => undefined);
  }

  async #pause(): Promise<void> {
    await sleep(this.#options.heartbeatMs, undefined, { signal: this.#stopping }).catch(() => undefined);
  }
}
