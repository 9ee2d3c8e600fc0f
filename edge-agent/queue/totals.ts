/**
 * How many packets, and how many bytes of them, are in each state. Kept up to date with every move, because the screen,
 * the heartbeat and the limits ask all the time, and the queue may hold ten thousand rows.
 */
import { QUEUE_STATES, type QueueState } from './states.ts';

export interface Total {
  readonly packets: number;
  readonly bytes: number;
}

export interface Totals {
  of(states: readonly QueueState[]): Total;
  enter(state: QueueState, bytes: number): void;
  leave(state: QueueState, bytes: number): void;
}

export function emptyTotals(): Totals {
  const totals = new Map<QueueState, Total>(QUEUE_STATES.map((state) => [state, { packets: 0, bytes: 0 }]));
  const get = (state: QueueState): Total => totals.get(state) ?? { packets: 0, bytes: 0 };
  const add = (state: QueueState, packets: number, bytes: number): void => {
    const before = get(state);
    totals.set(state, { packets: before.packets + packets, bytes: before.bytes + bytes });
  };
  return {
    of: (states) =>
      states
        .map(get)
        .reduce((sum, { packets, bytes }) => ({ packets: sum.packets + packets, bytes: sum.bytes + bytes }), {
          packets: 0,
          bytes: 0,
        }),
    enter: (state, bytes) => add(state, 1, bytes),
    leave: (state, bytes) => add(state, -1, -bytes),
  };
}
