/**
 * Timers: when a registration that waits is to be looked at again. They are kept in the order of their times, so that what
 * is due is found without looking through what is not, and what waits takes no room in a worker's memory. A timer only
 * wakes: whether there is something to do stands on the registration.
 */

export interface Timer {
  readonly rid: string;
  readonly lane: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export interface Timers {
  /** Durable when it resolves. Setting one again changes nothing. @throws StoreError */
  set(timers: readonly Timer[]): Promise<void>;
  /** Those that are due in these lanes, oldest first, at most `limit`. @throws StoreError */
  due(now: Date, lanes: { has(lane: number): boolean }, limit: number): Promise<Timer[]>;
  /** Those that have done their work. @throws StoreError */
  clear(timers: readonly Timer[]): Promise<void>;
}
