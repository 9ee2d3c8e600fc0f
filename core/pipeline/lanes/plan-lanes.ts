/**
 * Who is to have which lane. Every worker asks this rule about the same documents and gets the same answer, so that they
 * share the lanes without talking to each other; where they have not yet seen the same, a lane stays free a little longer,
 * and never has two holders, because a claim names the revision that it saw.
 *
 * A lane stays with its holder as long as nobody who wants it has two fewer: so nothing moves without a worker that comes
 * or goes, and shares differ by one at most.
 */

export interface WorkerView {
  readonly id: string;
  readonly wants: ReadonlySet<number>;
}

export interface LaneView {
  readonly lane: number;
  /** Whose it is by the documents; undefined when nobody's, or when it is about to be given back. */
  readonly holder: string | undefined;
  /** Nobody can be sure of it any more, so it may be claimed. */
  readonly isFree: boolean;
}

export interface LanePlan {
  readonly claim: readonly number[];
  readonly release: readonly number[];
  /** No worker that lives wants these: what is in them waits. */
  readonly unwanted: readonly number[];
}

/** @param workers those that live, this one among them */
export function planLanes(self: string, workers: readonly WorkerView[], lanes: readonly LaneView[]): LanePlan {
  const targets = targetsOf(workers, lanes);
  const lanesWhere = (fits: (view: LaneView, target: string | undefined) => boolean): number[] =>
    lanes.filter((view) => fits(view, targets.get(view.lane))).map(({ lane }) => lane);
  return {
    claim: lanesWhere(({ isFree }, target) => isFree && target === self),
    release: lanesWhere(({ holder, isFree }, target) => !isFree && holder === self && target !== self),
    unwanted: lanesWhere((_, target) => target === undefined),
  };
}

class Shares {
  /** In the order of their ids: the same for every worker that asks. */
  readonly #workers: readonly WorkerView[];
  readonly #lanesOf = new Map<string, Set<number>>();

  constructor(workers: readonly WorkerView[]) {
    this.#workers = workers.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    for (const { id } of workers) this.#lanesOf.set(id, new Set());
  }

  give(lane: number, worker: string): void {
    this.#lanesOf.get(worker)?.add(lane);
  }

  of({ id }: WorkerView): ReadonlySet<number> {
    return this.#lanesOf.get(id) ?? new Set();
  }

  /** Of those who want the lane, the one with the fewest. */
  fewest(lane: number): WorkerView | undefined {
    let least: WorkerView | undefined;
    for (const worker of this.#workers) {
      if (worker.wants.has(lane) && (!least || this.of(worker).size < this.of(least).size)) least = worker;
    }
    return least;
  }

  /** Moves one lane from a worker to another who has at least two fewer. @returns whether there was such a pair. */
  level(): boolean {
    for (const from of this.#workers.toSorted((one, other) => this.of(other).size - this.of(one).size)) {
      for (const lane of [...this.of(from)].sort((one, other) => other - one)) {
        const to = this.fewest(lane);
        if (!to || this.of(from).size - this.of(to).size < 2) continue;
        this.#lanesOf.get(from.id)?.delete(lane);
        this.give(lane, to.id);
        return true;
      }
    }
    return false;
  }

  targets(): Map<number, string> {
    return new Map([...this.#lanesOf].flatMap(([id, lanes]) => [...lanes].map((lane) => [lane, id] as const)));
  }
}

function targetsOf(workers: readonly WorkerView[], lanes: readonly LaneView[]): ReadonlyMap<number, string> {
  const shares = new Shares(workers);
  const wanted = new Map(workers.map(({ id, wants }) => [id, wants]));
  const isKept = ({ lane, holder }: LaneView): boolean =>
    holder !== undefined && wanted.get(holder)?.has(lane) === true;
  for (const view of lanes) if (isKept(view)) shares.give(view.lane, view.holder ?? '');
  for (const view of lanes) {
    const taker = isKept(view) ? undefined : shares.fewest(view.lane);
    if (taker) shares.give(view.lane, taker.id);
  }
  // Each move brings two shares nearer to each other, so this ends.
  let isMoving = true;
  while (isMoving) isMoving = shares.level();
  return shares.targets();
}
