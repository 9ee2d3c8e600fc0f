/**
 * How many packets are held against their digests at once, by all stations together. A packet is read from the vault or
 * from the uploads for that, up to 16 MiB, and hashed: stations that ask for ever so many different ones wait for each
 * other, and where too many wait, or one waits too long, they come again later.
 */
import { comeBackLater } from './admission.ts';

const DEFAULT_AT_ONCE = 4;
const DEFAULT_WAITING = 512;
/** Well below the time after which a station, or a proxy before it, gives up on an answer. */
const DEFAULT_WAIT_MS = 20_000;
const RETRY_AFTER_S = 15;

export class VerificationPlaces {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  readonly #waitMs: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce = DEFAULT_AT_ONCE, mostWaiting = DEFAULT_WAITING, waitMs = DEFAULT_WAIT_MS) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
    this.#waitMs = waitMs;
  }

  /** Does the work as soon as there is a place. @throws RefusalWithHeaders ENR-UPL-007 when too many wait, or it too long. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken < this.#atOnce) this.#taken += 1;
    else if (this.#waiting.length < this.#mostWaiting) await this.#waitForPlace();
    else throw comeBackLater(RETRY_AFTER_S);
    try {
      return await work();
    } finally {
      // The place goes to the next one without ever being free.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken -= 1;
    }
  }

  #waitForPlace(): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        clearTimeout(deadline);
        resolve();
      };
      const deadline = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(comeBackLater(RETRY_AFTER_S));
      }, this.#waitMs);
      this.#waiting.push(go);
    });
  }
}
