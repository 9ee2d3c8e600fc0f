/**
 * The time that the station writes and judges by. A desk's clock may be wrong by days, and people set it; what counts is
 * the core's time, as far as the station knows it.
 *
 * ```
 * unmeasured   The core was not heard in this run. The time is the system clock's, but never before the latest time that
 *              is known to have been: a dead battery that says 2015 makes no packets of 2015. A clock that is set back is
 *              not believed: the time goes on from where it was. One that is set forward is.
 * measured     The core was heard. The time is the system clock's, less the difference that was measured. Whoever sets
 *              the clock moves that difference, and the time goes on.
 * ```
 * The time never goes back, except at a measurement that shows it to have been ahead by more than a moment; it stands
 * still until a smaller lead is made up for.
 */

export interface StationClock {
  now(): Date;
  /**
   * The difference of the clocks was measured just now: the system clock minus the core's.
   * @param offsetMs to the second. What delayed the answer makes it larger, and nothing makes it smaller.
   */
  observe(offsetMs: number): void;
  /** It is known to have been this late before: of use until the core was heard. */
  notBefore(at: Date): void;
  /** What is added to the system clock, measured or not. */
  readonly shiftMs: number;
  /** The system clock minus the core's, as it is now; undefined until it was measured in this run. */
  readonly offsetMs: number | undefined;
  /** Since when it has been seen to be wrong, by the corrected time; undefined while it is not. */
  readonly wrongSince: Date | undefined;
}

export interface StationClockOptions {
  readonly system: () => Date;
  /** Counts up at the pace of time, whatever the system clock is set to; from anywhere. */
  readonly monotonicMs: () => number;
}

/** Between two looks, a system clock that has moved by so much more or less than time has was set. */
export const STEP_MS = 2_000;
/** A measurement is late by so much at most: the core's answer was on its way for so long. */
export const LATEST_ANSWER_MS = 30_000;
/** A lead of up to this is waited for; the time is set back only for more. */
export const LONGEST_STAND_MS = 2 * 60_000;
/** People are told of a clock that is wrong by more: it shows on paper. */
export const CLOCK_WRONG_MS = 2 * 60_000;

export function openStationClock({ system, monotonicMs }: StationClockOptions): StationClock {
  let seen = { systemMs: system().getTime(), monotonicMs: monotonicMs() };
  /** What is added to the system clock. */
  let shiftMs = 0;
  let measured = false;
  /** The latest time that was told. */
  let toldMs = Number.NEGATIVE_INFINITY;
  let wrongSince: Date | undefined;

  /** @returns the system clock's time, after a step of it was made up for. */
  function look(): number {
    const now = { systemMs: system().getTime(), monotonicMs: monotonicMs() };
    const stepMs = now.systemMs - seen.systemMs - (now.monotonicMs - seen.monotonicMs);
    seen = now;
    if (Math.abs(stepMs) > STEP_MS) shiftMs = measured ? shiftMs - stepMs : Math.max(0, shiftMs - stepMs);
    return now.systemMs;
  }

  function tell(): number {
    toldMs = Math.max(toldMs, look() + shiftMs);
    noteWrong();
    return toldMs;
  }

  function noteWrong(): void {
    const isWrong = measured && Math.abs(shiftMs) > CLOCK_WRONG_MS;
    wrongSince = isWrong ? (wrongSince ?? new Date(toldMs)) : undefined;
  }

  return {
    now: () => new Date(tell()),
    observe: (offsetMs) => {
      const systemMs = look();
      const knownMs = -shiftMs;
      // The answer that was on its way for the shortest time tells best.
      if (measured && offsetMs >= knownMs && offsetMs - knownMs <= LATEST_ANSWER_MS) return;
      measured = true;
      shiftMs = -offsetMs;
      if (toldMs - (systemMs + shiftMs) > LONGEST_STAND_MS) toldMs = systemMs + shiftMs;
      tell();
    },
    notBefore: (at) => {
      if (measured) return;
      shiftMs = Math.max(shiftMs, at.getTime() - look());
    },
    get shiftMs() {
      look();
      return shiftMs;
    },
    get offsetMs() {
      look();
      return measured ? -shiftMs : undefined;
    },
    get wrongSince() {
      tell();
      return wrongSince;
    },
  };
}
