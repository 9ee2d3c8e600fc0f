/** Wakes those who wait for a write. This process is the only writer, so nobody has to poll the file. */

/** The longest that a timer can be set; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class WriteSignal {
  readonly #waiting = new Set<() => void>();
  #version = 0;

  /** Take it before reading; `wait` then misses no write that came in between. */
  get version(): number {
    return this.#version;
  }

  /** How many wait; none when every wait was cleaned up. */
  get waiting(): number {
    return this.#waiting.size;
  }

  notify(): void {
    this.#version += 1;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves on a write after `version`, after `ms`, or when the signal aborts: the caller looks which it was. */
  wait(version: number, ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (version !== this.#version || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(ms, MAX_TIMER_MS));
      signal?.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }
}
