/** Callers that wait for the link, in the order in which they came; control goes before data. */
import type { Plane } from './link.ts';

interface Waiter<T> {
  readonly plane: Plane;
  readonly admit: (ticket: T) => void;
}

export class WaitingLine<T> {
  readonly #waiting = new Set<Waiter<T>>();

  /** Resolves when it is the caller's turn. @throws the signal's reason. */
  enter(plane: Plane, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        leave();
        reject(signal.reason);
      };
      const waiter: Waiter<T> = {
        plane,
        admit: (ticket) => {
          leave();
          resolve(ticket);
        },
      };
      this.#waiting.add(waiter);
      signal.addEventListener('abort', onAbort);
    });
  }

  has(plane: Plane): boolean {
    return this.#find(plane) !== undefined;
  }

  /** Lets the one go that has waited longest on this plane. */
  admit(plane: Plane, ticket: T): void {
    this.#find(plane)?.admit(ticket);
  }

  #find(plane: Plane): Waiter<T> | undefined {
    for (const waiter of this.#waiting) if (waiter.plane === plane) return waiter;
    return undefined;
  }
}
