/**
 * The time of an emulated link. It runs faster than the clock on the wall by a factor, so that hours on a bad link are
 * minutes of a test; everything else in this folder counts in emulated milliseconds and knows nothing of the factor.
 */

/** An appointment so near is kept at once: timers are no finer, and so they err to both sides and not only to the late one. */
const NEAR_MS = 0.5;

interface Appointment {
  readonly atMs: number;
  readonly work: () => void;
}

export class EmulatedTime {
  readonly #compression: number;
  readonly #begunMs = performance.now();
  /** Earliest first; of the same moment, first made first. */
  readonly #appointments: Appointment[] = [];
  #cancel: (() => void) | undefined;

  /** @param compression how many emulated milliseconds pass in one on the wall */
  constructor(compression: number) {
    if (!(compression > 0)) throw new RangeError(`Time can't be compressed by ${compression}.`);
    this.#compression = compression;
  }

  /** Milliseconds since the link was made. */
  now(): number {
    return (performance.now() - this.#begunMs) * this.#compression;
  }

  /** Calls when the time has come; never before this call has returned. */
  at(atMs: number, work: () => void): void {
    let index = this.#appointments.length;
    while (index > 0 && (this.#appointments[index - 1]?.atMs ?? 0) > atMs) index -= 1;
    this.#appointments.splice(index, 0, { atMs, work });
    if (index === 0) this.#wait();
  }

  /** Forgets every appointment. */
  stop(): void {
    this.#appointments.length = 0;
    this.#cancel?.();
  }

  #wait(): void {
    this.#cancel?.();
    const [first] = this.#appointments;
    if (!first) return;
    const remainingMs = this.#remainingMs(first);
    if (remainingMs <= NEAR_MS) {
      const immediate = setImmediate(() => this.#keep());
      this.#cancel = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(() => this.#keep(), Math.floor(remainingMs));
      this.#cancel = () => clearTimeout(timer);
    }
  }

  #keep(): void {
    // What is made meanwhile for this very moment waits for the next turn: sockets must have theirs.
    const due = this.#appointments.findIndex((appointment) => this.#remainingMs(appointment) > NEAR_MS);
    const now = this.#appointments.splice(0, due < 0 ? this.#appointments.length : due);
    for (const { work } of now) work();
    this.#wait();
  }

  #remainingMs({ atMs }: Appointment): number {
    return (atMs - this.now()) / this.#compression;
  }
}
