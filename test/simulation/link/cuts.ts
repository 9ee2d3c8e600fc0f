/** When a link is cut, for how long and how: the same for the same seed, whatever is sent over it. */
import { type Label, type Rng, rngOf } from '../people/rng.ts';

/**
 * How a link fails.
 * - `reset`: both ends are told at once, and new connections are refused.
 * - `black-hole`: nobody is told; what is sent vanishes, and new connections hang until they are tried again.
 * - `core-unaware`, `station-unaware`: half-open; one end is told, the other waits for bytes that will never come. New
 *   connections are refused.
 */
export type CutKind = 'reset' | 'black-hole' | 'core-unaware' | 'station-unaware';

export interface Cut {
  /** Since the schedule began. */
  readonly atMs: number;
  readonly lastsMs: number;
  readonly kind: CutKind;
}

export interface CutSettings {
  readonly seed: Label;
  /** How long the link is up between two cuts, on average, also of a few of them; drawn from the exponential distribution. */
  readonly everyMs: number;
  readonly lastsMs: number;
  readonly kinds?: readonly CutKind[];
}

const STEPS = 0x1_0000_0000;
const STRATA = 4;

/** Without an end. */
export function* cutsBySeed({ seed, everyMs, lastsMs, kinds = ['reset'] }: CutSettings): Generator<Cut> {
  const rng = rngOf('cuts', seed);
  for (let upSinceMs = 0; ; ) {
    for (const stratum of shuffled(rng)) {
      const drawn = (stratum + (rng.below(STEPS) + 1) / STEPS) / STRATA;
      const atMs = upSinceMs - Math.log(drawn) * everyMs;
      yield { atMs, lastsMs, kind: rng.pick(kinds) };
      upSinceMs = atMs + lastsMs;
    }
  }
}

/**
 * Of each four times one is drawn from each quarter of the distribution: a run that meets a few cuts meets about as many as
 * its average says, and still does not know when.
 */
function shuffled(rng: Rng): number[] {
  const strata = Array.from({ length: STRATA }, (_, stratum) => stratum);
  for (let last = STRATA - 1; last > 0; last -= 1) {
    const other = rng.below(last + 1);
    [strata[last], strata[other]] = [strata[other] ?? last, strata[last] ?? other];
  }
  return strata;
}
