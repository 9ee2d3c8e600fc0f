/**
 * What a store is doing, so that closing can wait for it and a failing medium can end it.
 *
 * open -> closed: `close()`. New calls are refused, waits are ended through `onEnd`, running calls finish.
 * open -> failed: `fail()`. New calls are refused and running calls rejected: PouchDB may never answer them.
 * Both are final.
 */
import { StoreError } from './store.ts';

export class Lifecycle {
  readonly #running = new Set<(error: StoreError) => void>();
  readonly #ended = new Set<() => void>();
  #end: string | undefined;
  #drained: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Called once, when the store closes or fails: ends waits that would outlive it.
   * @returns takes the listener back
   */
  onEnd(listener: () => void): () => void {
    this.#ended.add(listener);
    return () => {
      this.#ended.delete(listener);
    };
  }

  /** @throws when the store is closed or has failed. */
  requireOpen(): void {
    if (this.#end !== undefined) throw new StoreError(this.#end, { transient: false });
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.requireOpen();
      this.#running.add(reject);
      const settled = (): void => {
        this.#running.delete(reject);
        if (this.#running.size === 0) this.#drained?.();
      };
      work().then(resolve, reject).finally(settled);
    });
  }

  fail(message: string, cause: unknown): void {
    if (!this.#finish(message)) return;
    const error = new StoreError(message, { transient: false, cause });
    for (const reject of this.#running) reject(error);
    this.#running.clear();
  }

  /** Resolves when nothing is running any more. */
  close(): Promise<void> {
    this.#closing ??= new Promise<void>((resolve) => {
      this.#drained = resolve;
      this.#finish('The store is closed.');
      if (this.#running.size === 0) resolve();
    });
    return this.#closing;
  }

  #finish(message: string): boolean {
    if (this.#end !== undefined) return false;
    this.#end = message;
    for (const listener of this.#ended) listener();
    return true;
  }
}
