/**
 * Lets so much happen at once and no more: when ten thousand polls are woken together, each reads its channel, and the
 * store is asked by a few of them at a time. Whoever came first has the first turn.
 */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  /** The head of the queue: to shift thousands of places for each that leaves would cost more than the work. */
  #next = 0;
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#most) this.#running += 1;
    // Whoever ends hands the turn on, so it is never counted anew.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      this.#handOn();
    }
  }

  #handOn(): void {
    const first = this.#waiting[this.#next];
    if (!first) {
      this.#running -= 1;
      return;
    }
    this.#next += 1;
    if (this.#next === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#next = 0;
    }
    first();
  }
}
