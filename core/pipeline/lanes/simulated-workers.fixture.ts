/**
 * Many workers over one store in a time of its own, which goes on only when nobody has anything left to do. Clocks of the
 * workers differ in rate and origin; a frozen one does nothing until it thaws, as if it had been sent SIGSTOP.
 */
import { setImmediate as settled } from 'node:timers/promises';
import type { MonotonicClock } from '../../ops/answer-by.ts';
import { type Database, type Doc, type Stored, StoreError, type WriteResult } from '../../store/store.ts';

interface Due {
  readonly atMs: number;
  readonly happen: () => void;
}

export class SimulatedTime {
  nowMs = 0;
  #dues: Due[] = [];

  at(atMs: number, happen: () => void): void {
    this.#dues.push({ atMs, happen });
  }

  /** @param afterEach moment at which something happens */
  async runUntil(endMs: number, afterEach: () => void): Promise<void> {
    for (;;) {
      await settled();
      const next = this.#dues.reduce<Due | undefined>(
        (least, due) => (!least || due.atMs < least.atMs ? due : least),
        undefined,
      );
      if (!next || next.atMs > endMs) break;
      this.#dues.splice(this.#dues.indexOf(next), 1);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.happen();
      afterEach();
    }
    this.nowMs = endMs;
    afterEach();
  }

  forget(happen: () => void): void {
    this.#dues = this.#dues.filter((due) => due.happen !== happen);
  }
}

/** One worker's process: what it waits for comes when it is not frozen, and never when it is dead. */
export class SimulatedProcess {
  readonly #time: SimulatedTime;
  readonly #rate: number;
  readonly #originMs: number;
  #frozenUntilMs = 0;
  isDead = false;

  constructor(time: SimulatedTime, random: () => number) {
    this.#time = time;
    this.#rate = 0.98 + 0.04 * random();
    this.#originMs = random() * 1e6;
  }

  get isFrozen(): boolean {
    return this.#time.nowMs < this.#frozenUntilMs;
  }

  freeze(ms: number): void {
    this.#frozenUntilMs = this.#time.nowMs + ms;
  }

  readonly clock: MonotonicClock = {
    nowMs: () => this.#originMs + this.#time.nowMs * this.#rate,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = (): void => this.#whenAwake(resolve);
        signal?.addEventListener('abort', () => {
          this.#time.forget(wake);
          resolve();
        });
        this.#time.at(this.#time.nowMs + ms / this.#rate, wake);
      }),
  };

  /** After so long, by the time of all. */
  after(ms: number): Promise<void> {
    return new Promise((resolve) => this.#time.at(this.#time.nowMs + ms, () => this.#whenAwake(resolve)));
  }

  #whenAwake(happen: () => void): void {
    if (this.isDead) return;
    if (this.isFrozen) this.#time.at(this.#frozenUntilMs, () => this.#whenAwake(happen));
    else happen();
  }
}

export interface Weather {
  /** Longest way of a request, and of its answer. */
  slowMs: number;
  /** Share of requests that are lost on one of the two. */
  lost: number;
}

/** Documents in memory, as the port says; requests take their time, and some are lost, done or not, or done in part. */
export class SimulatedStore {
  readonly #time: SimulatedTime;
  readonly #random: () => number;
  readonly #docs = new Map<string, Stored<Doc>>();
  #revs = 0;
  readonly weather: Weather = { slowMs: 5, lost: 0 };

  constructor(time: SimulatedTime, random: () => number) {
    this.#time = time;
    this.#random = random;
  }

  ids(prefix: string): string[] {
    return [...this.#docs.keys()].filter((id) => id.startsWith(prefix));
  }

  /** As that process reaches it. */
  from(process: SimulatedProcess): Database {
    const ask = <T>(does: (share: number) => T): Promise<T> => this.#ask(process, does);
    return {
      name: 'leases',
      get: (id) => ask(() => this.#docs.get(id) as never),
      getMany: (ids) => ask(() => ids.flatMap((id) => (this.#docs.get(id) ?? []) as never)),
      range: ({ start, end }) =>
        ask(() => [...this.#docs.values()].filter(({ _id }) => _id >= start && _id < end) as never[]),
      write: (docs) => ask((share) => docs.map((doc) => this.#write(doc, share))),
      changes: unasked,
      pending: unasked,
      writeWithBytes: unasked,
      bytesOf: unasked,
      info: unasked,
    };
  }

  /** A request that was sent arrives, whatever becomes of who sent it. */
  async #ask<T>(process: SimulatedProcess, does: (share: number) => T): Promise<T> {
    const [there, back] = [this.#way(), this.#way()];
    const isLost = this.#random() < this.weather.lost;
    const share = isLost ? this.#random() * 1.5 - 0.25 : 1;
    const answer = new Promise<T>((resolve) => this.#time.at(this.#time.nowMs + there, () => resolve(does(share))));
    await process.after(there + back);
    const answered = await answer;
    if (isLost) throw new StoreError('lost on its way', { transient: true });
    return answered;
  }

  #way(): number {
    // Mostly quick, sometimes as slow as it gets.
    return this.weather.slowMs * this.#random() ** 4;
  }

  /** @param share of the documents of a batch that arrive */
  #write(doc: Doc, share: number): WriteResult {
    if (this.#random() >= share) return { ok: false, id: doc._id, reason: 'conflict', detail: 'lost' };
    const before = this.#docs.get(doc._id);
    if (before?._rev !== doc._rev) return { ok: false, id: doc._id, reason: 'conflict', detail: 'another revision' };
    this.#revs += 1;
    const rev = `${this.#revs}-simulated`;
    if (doc._deleted) this.#docs.delete(doc._id);
    else this.#docs.set(doc._id, { ...structuredClone(doc), _rev: rev });
    return { ok: true, id: doc._id, rev };
  }
}

function unasked(): Promise<never> {
  return Promise.reject(new Error('Nobody asks for this.'));
}
