/** Keeps a fill from being begun over and over while there is nothing in it but what may not be held now. */
const PAUSE_MS = { base: 1_000, cap: 30_000 };

export class FillRest {
  #ms = 0;
  #untilMs = 0;

  get isOver(): boolean {
    return performance.now() >= this.#untilMs;
  }

  /** @param isFruitless it has left something, and found nothing to hold */
  note(isFruitless: boolean): void {
    this.#ms = isFruitless ? Math.min(PAUSE_MS.cap, Math.max(PAUSE_MS.base, 2 * this.#ms)) : 0;
    this.#untilMs = performance.now() + this.#ms;
  }
}
