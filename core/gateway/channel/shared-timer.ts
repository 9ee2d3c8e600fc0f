/**
 * One timer for all that wait. A timer of its own for each of ten thousand polls would cost memory for every one of
 * them, and a poll needs no more precision than a tick.
 */

/** What is told when its time has come. */
export interface Due {
  due(): void;
}

/** How late one may be told. */
const TICK_MS = 50;

export class SharedTimer {
  /** By the tick at which they are due. */
  readonly #slots = new Map<number, Set<Due>>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #nextSlot = 0;

  /** @param now milliseconds of a clock that nobody sets */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @returns where it stands, for `remove` */
  add(atMs: number, due: Due): number {
    this.#start();
    const slot = Math.max(this.#nextSlot, Math.ceil(atMs / TICK_MS));
    const others = this.#slots.get(slot);
    if (others) others.add(due);
    else this.#slots.set(slot, new Set([due]));
    return slot;
  }

  /** Nothing happens when it was told, or removed, before. */
  remove(slot: number, due: Due): void {
    const others = this.#slots.get(slot);
    others?.delete(due);
    if (others?.size === 0) this.#slots.delete(slot);
    if (this.#slots.size === 0) this.#stop();
  }

  #start(): void {
    if (this.#timer) return;
    this.#nextSlot = Math.floor(this.#now() / TICK_MS);
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const current = Math.floor(this.#now() / TICK_MS);
    while (this.#nextSlot <= current) {
      const slot = this.#nextSlot;
      this.#nextSlot += 1;
      const told = this.#slots.get(slot);
      this.#slots.delete(slot);
      for (const one of told ?? []) one.due();
    }
    if (this.#slots.size === 0) this.#stop();
  }
}
