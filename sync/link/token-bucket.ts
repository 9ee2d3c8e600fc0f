/**
 * Holds senders to a rate. A bucket that may be in debt: a slice of any size is taken at once, and the next one waits until
 * it is paid back; so over any longer time no more goes than the rate, and a slice.
 */
import { elapse } from './elapse.ts';

const BURST_SECONDS = 1;

export class TokenBucket {
  readonly #bytesPerSecond: () => number | undefined;
  readonly #monotonicMs: () => number;
  #saved = 0;
  #countedAtMs: number;

  /** @param bytesPerSecond undefined: no cap. It may change at any time. */
  constructor(bytesPerSecond: () => number | undefined, monotonicMs: () => number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#monotonicMs = monotonicMs;
    this.#countedAtMs = monotonicMs();
  }

  /** Resolves when these bytes may be sent. @throws the signal's reason. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (let rate = this.#earn(); rate !== undefined && this.#saved < 0; rate = this.#earn()) {
      await elapse(Math.ceil((-this.#saved / rate) * 1000), signal);
      signal.throwIfAborted();
    }
    this.#saved -= bytes;
  }

  /** @returns the rate. Without one there are no debts. */
  #earn(): number | undefined {
    const rate = this.#bytesPerSecond();
    const nowMs = this.#monotonicMs();
    const earned = rate === undefined ? Number.POSITIVE_INFINITY : ((nowMs - this.#countedAtMs) / 1000) * rate;
    this.#saved = Math.min(this.#saved + earned, (rate ?? 0) * BURST_SECONDS);
    this.#countedAtMs = nowMs;
    return rate;
  }
}
