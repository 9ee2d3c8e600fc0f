/** What a bench is, and what it tells. */

export interface Bench {
  readonly name: string;
  readonly description: string;
  /** It can go through the system's own network emulation, too. */
  readonly canNetem?: boolean;
  run(options: BenchOptions): AsyncIterable<Measurement>;
}

export interface BenchOptions {
  /** Fewer repetitions: all of a bench in under a minute. */
  readonly quick: boolean;
  /** Through the system's own network emulation, where there is a choice. */
  readonly netem: boolean;
  /** Tells whoever waits what is being done. */
  say(text: string): void;
}

/** One number of one subject. A subject that others are judged by stands `against` nothing itself. */
export interface Measurement {
  /** The circumstances: what is saved, and on which disk. */
  readonly case: string;
  readonly subject: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** The subject that it is judged by, measured in the same run. */
  readonly against?: string;
  /** `value` divided by that subject's. */
  readonly ratio?: number;
  /** What was set out to be reached. */
  readonly target?: Target;
  /** What the number alone does not tell. */
  readonly note?: string;
}

export interface Target {
  readonly text: string;
  readonly met: boolean;
}

export function atLeast(ratio: number, least: number): Target {
  return { text: `≥ ${least} ×`, met: ratio >= least };
}

export function atMost(ratio: number, most: number): Target {
  return { text: `≤ ${most} ×`, met: ratio <= most };
}
