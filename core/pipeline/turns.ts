/**
 * Lets so much happen at once and no more: when ten thousand polls are woken together, each reads its channel, and the
 * store is asked by a few of them at a time. Whoever came first has the first turn. How many can wait is bounded by those
 * who ask for turns; who can't wait for ever says for how long.
 */
export class Turns {
  readonly #most: number;
  readonly #waiting: Waiting[] = [];
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
    return this.#run(work);
  }

  /** @returns undefined when there was no turn for it within that time; then it has not been begun, and never is */
  async takeWithin<T>(waitMs: number, work: () => Promise<T>): Promise<T | undefined> {
    if (waitMs < 0) return undefined;
    if (this.#running < this.#most) this.#running += 1;
    else if (!(await this.#comes(waitMs))) return undefined;
    return this.#run(work);
  }

  #comes(waitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const late = setTimeout(
        () => {
          const place = this.#waiting.indexOf(go, this.#next);
          if (place >= 0) this.#waiting.splice(place, 1);
          resolve(false);
        },
        Math.min(waitMs, LONGEST_TIMER_MS),
      );
      const go = (): void => {
        clearTimeout(late);
        resolve(true);
      };
      this.#waiting.push(go);
    });
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
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

type Waiting = () => void;

/** What a timer of Node can count to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
