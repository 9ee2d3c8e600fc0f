/**
 * The requests that are bringing bytes, one for each upload, and the rule by which one takes another's place.
 *
 * A PATCH that runs keeps its place as long as bytes come. Another PATCH on the same upload
 * - from another offset than the one that was reached can only be late, repeated or out of order: it is refused at once
 *   and disturbs nobody;
 * - from exactly there is either a copy, made by a proxy on the way, or the station going on after its connection died:
 *   it waits until the running one has ended or been silent for a while, and takes its place only if that one got no
 *   further meanwhile.
 *
 * HEAD and POST ask for the lock of the upload instead, and have it at once: a station asks how far an upload has got
 * only when it has given the older request up.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { wrongOffset } from './wrong-offset.ts';

export interface RunningPatch {
  /** The upload ends there now: told when the first byte may come, and with each that came. */
  reached(endBytes: number): void;
  /** So many bytes are durable. */
  madeDurable(bytes: number): void;
  leave(): void;
}

/** The PATCH that the store is writing for: tus stands between the two and passes nothing on. */
export const runningPatch = new AsyncLocalStorage<RunningPatch>();

interface Place {
  /** Where the upload ends; undefined until it was seen that the request goes on from there. */
  endBytes: number | undefined;
  movedAtMs: number;
  readonly begun: PromiseWithResolvers<void>;
  readonly left: PromiseWithResolvers<void>;
}

const DEFAULT_QUIET_MS = 3_000;

export class RunningPatches {
  readonly #places = new Map<string, Place>();
  readonly #quietMs: number;

  /** @param quietMs a running PATCH that got no byte for so long may be displaced. */
  constructor(quietMs = DEFAULT_QUIET_MS) {
    this.#quietMs = quietMs;
  }

  /** Uploads that are running. */
  get size(): number {
    return this.#places.size;
  }

  /** Uploads that are running beside this one: whoever goes on with an upload takes its place and no further one. */
  besides(id: string): number {
    return this.#places.size - (this.#places.has(id) ? 1 : 0);
  }

  /**
   * Waits for the place, at most for as long as the running PATCH takes to fall silent.
   * @throws RefusalWithHeaders ENR-WEB-002 (409) when the upload is not at this offset any more.
   */
  async enter(id: string, offset: number, madeDurable: (bytes: number) => void): Promise<RunningPatch> {
    for (let place = this.#places.get(id); place; place = this.#places.get(id)) {
      await Promise.race([place.begun.promise, place.left.promise]);
      // It was refused itself, before it came to anything.
      if (place.endBytes === undefined) continue;
      if (place.endBytes !== offset) throw wrongOffset();
      const silentMs = performance.now() - place.movedAtMs;
      if (silentMs >= this.#quietMs) break;
      await Promise.race([place.left.promise, sleep(this.#quietMs - silentMs, undefined, { ref: false })]);
      if (place.endBytes !== offset) throw wrongOffset();
    }
    const own: Place = {
      endBytes: undefined,
      movedAtMs: performance.now(),
      begun: Promise.withResolvers<void>(),
      left: Promise.withResolvers<void>(),
    };
    this.#places.set(id, own);
    return {
      reached: (endBytes) => {
        own.endBytes = endBytes;
        own.movedAtMs = performance.now();
        own.begun.resolve();
      },
      madeDurable,
      leave: () => {
        if (this.#places.get(id) === own) this.#places.delete(id);
        own.left.resolve();
      },
    };
  }
}
