/** Who has shown themselves, and from where, in the last minutes; in bounded memory, those who came last. */

/** A station is heard of once a minute at the least. */
const LATELY_MS = 15 * 60_000;

export class ShownLately {
  /** Until when, as `performance.now()` counts; whoever came last stands last. */
  readonly #until = new Map<string, number>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  note(address: string, who: string): void {
    const key = `${address} ${who}`;
    this.#until.delete(key);
    this.#until.set(key, performance.now() + LATELY_MS);
    const [oldest] = this.#until.keys();
    if (this.#until.size > this.#most && oldest !== undefined) this.#until.delete(oldest);
  }

  has(address: string, who: string): boolean {
    return (this.#until.get(`${address} ${who}`) ?? 0) > performance.now();
  }
}
