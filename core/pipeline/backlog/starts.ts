/**
 * The places from where the feed is still to be swept. Lanes that were gained come first: nobody looks after them yet.
 *
 * What is known of how such a place lies to the way of the tail is known for the lanes that were held then. Whoever
 * gained more must not rely on it: a reading that came by before has left out what was in those.
 */
import type { Passed, Place } from './reading.ts';

export interface Start extends Place {
  readonly kind: 'look' | 'fill';
  /** Whatever the tail has left from there on lies behind this place, or is held; undefined where that is not known. */
  readonly nth?: number;
}

/** More than ever come together. */
const MAX_STARTS = 16;

export class Starts {
  #waiting: Start[] = [];

  get first(): Start | undefined {
    return this.#waiting[0];
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  has(kind: Start['kind']): boolean {
    return this.#waiting.some((start) => start.kind === kind);
  }

  /** @returns false when there are too many */
  lookFirst(places: readonly Place['since'][]): boolean {
    if (this.#waiting.length + places.length > MAX_STARTS) return false;
    const looks = places.map((since): Start => ({ kind: 'look', since }));
    this.#waiting = [...looks, ...this.#waiting.map(({ kind, since }) => ({ kind, since }))];
    return true;
  }

  add(start: Start): void {
    this.#waiting.push(start);
  }

  /** None of the others is needed. */
  only(start: Start): void {
    this.#waiting = [start];
  }

  /** It begins. Nothing comes before the beginning: from there all the others are met, too. */
  remove(start: Start): void {
    this.#waiting = start.since === undefined ? [] : this.#waiting.filter((other) => other !== start);
  }

  /** Now all are read right through, and what the tail has left with them. @returns false when one of them covers that */
  lookFromAll(skipped: Passed | undefined): boolean {
    const placed = this.#waiting.find(({ nth }) => nth !== undefined);
    const isCovered = skipped !== undefined && placed?.nth !== undefined && skipped.nth >= placed.nth;
    const { since } = skipped ?? {};
    // How two of them lie to the tail would be known of each, but not of what becomes of the tail after the first.
    const more: Start[] =
      !skipped || isCovered ? [] : [{ kind: 'look', since, ...(placed ? {} : { nth: skipped.nth }) }];
    this.#waiting = [...this.#waiting.map((start): Start => ({ ...start, kind: 'look' })), ...more];
    return !isCovered;
  }
}
