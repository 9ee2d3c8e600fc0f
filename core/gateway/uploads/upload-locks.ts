/**
 * One request at a time for each upload, in the order in which they came. A request that comes while another holds the
 * lock asks that one to end: after a cut the core may not know yet that the old connection is dead.
 *
 * tus's own locker asks in a loop as fast as the processor can, for the whole of those seconds; this one asks once.
 */
import { ERRORS, type Lock, type Locker, type RequestRelease } from '@tus/utils';

interface Turn {
  readonly requestRelease: RequestRelease;
  readonly begin: () => void;
}

interface Held {
  holder: RequestRelease;
  readonly waiting: Turn[];
}

const DEFAULT_TIMEOUT_MS = 30_000;

export class UploadLocks implements Locker {
  readonly #held = new Map<string, Held>();
  readonly #timeoutMs: number;

  /** @param timeoutMs how long a request waits for its turn before it is refused. */
  constructor(timeoutMs = DEFAULT_TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
  }

  newLock(id: string): Lock {
    return {
      lock: (signal, requestRelease) => this.#lock(id, signal, requestRelease),
      unlock: async () => this.#unlock(id),
    };
  }

  /** Uploads that are locked. A number that grows is a leak. */
  get size(): number {
    return this.#held.size;
  }

  async #lock(id: string, signal: AbortSignal, requestRelease: RequestRelease): Promise<void> {
    const held = this.#held.get(id);
    if (!held) {
      this.#held.set(id, { holder: requestRelease, waiting: [] });
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const settle = (outcome: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        outcome();
      };
      const turn: Turn = { requestRelease, begin: () => settle(resolve) };
      const giveUp = (): void => {
        held.waiting.splice(held.waiting.indexOf(turn), 1);
        settle(() => reject(ERRORS.ERR_LOCK_TIMEOUT));
      };
      const timer = setTimeout(giveUp, this.#timeoutMs);
      signal.addEventListener('abort', giveUp);
      held.waiting.push(turn);
      void held.holder();
    });
  }

  #unlock(id: string): void {
    const held = this.#held.get(id);
    const next = held?.waiting.shift();
    if (!held || !next) {
      this.#held.delete(id);
      return;
    }
    held.holder = next.requestRelease;
    next.begin();
    if (held.waiting.length > 0) void held.holder();
  }
}
