/**
 * One reading along the feed of `registrations`: how far it has come, and where on its way it has met what is not finished
 * yet. Places in the feed are opaque and can't be compared; which of two comes first is only known of those that one
 * reading has met. What is kept grows with what is held, never with the feed.
 */

/** A place from where the feed is to be read again; undefined is the beginning. */
export interface Place {
  readonly since: string | undefined;
}

/** A place that a reading has come by. */
export interface Passed extends Place {
  /** In the order of this reading. */
  readonly nth: number;
}

interface Met extends Passed {
  readonly lane: number;
}

export class Reading {
  /** What is held, by the place just before it; in the order of the feed. */
  readonly #held = new Map<string, Met>();
  #position: string | undefined;
  #skipped: Passed | undefined;
  #count = 0;

  constructor(since: string | undefined) {
    this.#position = since;
  }

  /** From where it goes on. */
  get position(): string | undefined {
    return this.#position;
  }

  /** The first place behind which something was left for lack of room. */
  get skipped(): Passed | undefined {
    return this.#skipped;
  }

  /** Reading again from here, nothing that this reading has met and that is not finished is missed. */
  get lowest(): Passed {
    const [held] = this.#held.values();
    const here = { since: this.#position, nth: this.#count };
    return [held, this.#skipped].reduce<Passed>((low, each) => (each && each.nth < low.nth ? each : low), here);
  }

  has(rid: string): boolean {
    return this.#held.has(rid);
  }

  rids(): string[] {
    return [...this.#held.keys()];
  }

  /** Held from now on. Its newest change is further on in the feed than all before. */
  hold(rid: string, lane: number): void {
    this.#held.delete(rid);
    this.#held.set(rid, { since: this.#position, nth: this.#count, lane });
  }

  /** There was no room for it. */
  skip(rid: string): void {
    this.#held.delete(rid);
    this.#skipped ??= { since: this.#position, nth: this.#count };
  }

  /** It was held, and had to leave. */
  displace(rid: string): void {
    const met = this.#held.get(rid);
    if (!met) return;
    this.#held.delete(rid);
    if (!this.#skipped || met.nth < this.#skipped.nth) this.#skipped = { since: met.since, nth: met.nth };
  }

  /** It needs nothing more, and the store says so durably; or another reading has met it further on. */
  close(rid: string): void {
    this.#held.delete(rid);
  }

  closeLanes(lanes: ReadonlySet<number>): void {
    for (const [rid, { lane }] of this.#held) if (lanes.has(lane)) this.#held.delete(rid);
  }

  /** What was skipped is for another reading to find. */
  releaseSkipped(): void {
    this.#skipped = undefined;
  }

  /** Everything up to here is met. */
  passed(seq: string): void {
    this.#count += 1;
    this.#position = seq;
  }
}
