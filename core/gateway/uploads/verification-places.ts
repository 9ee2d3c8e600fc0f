/**
 * How many packets are held against their digests at once, by all stations together. A packet is read from the vault or
 * from the uploads for that, up to 16 MiB, and hashed: stations that ask for ever so many different ones wait for each
 * other, and where too many wait, they come again later.
 */
import { comeBackLater } from './admission.ts';

const DEFAULT_AT_ONCE = 4;
const DEFAULT_WAITING = 512;
const RETRY_AFTER_S = 15;

export class VerificationPlaces {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce = DEFAULT_AT_ONCE, mostWaiting = DEFAULT_WAITING) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  /** Does the work as soon as there is a place. @throws RefusalWithHeaders ENR-UPL-007 when too many wait. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken < this.#atOnce) this.#taken += 1;
    else if (this.#waiting.length < this.#mostWaiting) await new Promise<void>((go) => this.#waiting.push(go));
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
}
