/**
 * What one station may have going at once, so that it takes no other's place. The newest is let in and the oldest is to
 * end: a station that begins anew has most often lost the connections before, and the core hears of that last.
 */
export interface Share extends Disposable {
  /** Aborted when a newer one has taken its place. */
  readonly displaced: AbortSignal;
}

export class StationShares {
  /** In the order in which they came. Those that were displaced are not here any more, even while they end. */
  readonly #held = new Map<string, AbortController[]>();
  readonly #most: number;
  #isOver = false;

  constructor(most: number) {
    this.#most = most;
  }

  /** Stations that have anything going. A number that grows is a leak. */
  get size(): number {
    return this.#held.size;
  }

  /** Holds a share until it is disposed of. */
  enter(station: string): Share {
    const own = new AbortController();
    const held = [...(this.#held.get(station) ?? []), own];
    const oldest = held.length > this.#most ? held.shift() : undefined;
    this.#held.set(station, held);
    oldest?.abort();
    if (this.#isOver) own.abort();
    return { displaced: own.signal, [Symbol.dispose]: () => this.#leave(station, own) };
  }

  /** Has all of them end, and whatever comes from now on. */
  displaceAll(): void {
    this.#isOver = true;
    for (const held of this.#held.values()) for (const own of held) own.abort();
  }

  #leave(station: string, own: AbortController): void {
    const left = this.#held.get(station)?.filter((one) => one !== own) ?? [];
    if (left.length > 0) this.#held.set(station, left);
    else this.#held.delete(station);
  }
}
