/** When a link is cut, for how long and how: the same for the same seed, whatever is sent over it. */
import { type Label, rngOf } from '../people/rng.ts';

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
  /** How long the link is up between two cuts, on average; a long time up makes a cut no likelier. */
  readonly everyMs: number;
  readonly lastsMs: number;
  readonly kinds?: readonly CutKind[];
}

const STEPS = 0x1_0000_0000;

/** Without an end. */
export function* cutsBySeed({ seed, everyMs, lastsMs, kinds = ['reset'] }: CutSettings): Generator<Cut> {
  const rng = rngOf('cuts', seed);
  for (let upSinceMs = 0; ; ) {
    const atMs = upSinceMs - Math.log((rng.below(STEPS) + 1) / STEPS) * everyMs;
    yield { atMs, lastsMs, kind: rng.pick(kinds) };
    upSinceMs = atMs + lastsMs;
  }
}
