/**
 * How fast packets really go: acknowledged bytes over the time in which they moved. Waiting between tries is not in it,
 * and what is longer ago counts less, so it is the link's rate of the last minutes and not of the month.
 */

const HALF_LIFE_MS = 60_000;

export class RateMeter {
  #bytes = 0;
  #ms = 0;
  /** When the last byte of the present upload was acknowledged; undefined between uploads and before the first word. */
  #lastAtMs: number | undefined;

  /** The first word of an upload begins the count: what it tells was brought up before. */
  acknowledged(bytes: number, atMs: number): void {
    if (this.#lastAtMs !== undefined) {
      const ms = Math.max(0, atMs - this.#lastAtMs);
      const kept = 0.5 ** (ms / HALF_LIFE_MS);
      this.#bytes = this.#bytes * kept + bytes;
      this.#ms = this.#ms * kept + ms;
    }
    this.#lastAtMs = atMs;
  }

  /** The upload has ended, one way or another. */
  rest(): void {
    this.#lastAtMs = undefined;
  }

  /** Undefined before anything was measured. */
  get bytesPerSecond(): number | undefined {
    return this.#ms > 0 && this.#bytes > 0 ? (this.#bytes / this.#ms) * 1000 : undefined;
  }
}
