/** The station's queue: every packet that it holds, and the one place that moves them from state to state. */
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { Observable } from 'rxjs';
import { map } from 'rxjs';
import type { QueueCollection, QueueItem } from './queue-item.ts';
import { isWaiting, mayMove, QUEUE_STATES, type QueueState } from './states.ts';

export interface Waiting {
  readonly packets: number;
  readonly bytes: number;
  /** When the oldest of them was saved; null when there is none. */
  readonly oldest: string | null;
}

export interface Queue {
  /** Durable when it resolves. */
  add(item: Omit<QueueItem, 'changedAt'>): Promise<void>;
  get(rid: string): Promise<QueueItem | undefined>;
  /** Newest first. */
  list(limit: number): Promise<QueueItem[]>;
  /** Oldest first. */
  inState(states: readonly QueueState[], limit: number): Promise<QueueItem[]>;
  /** All that have not ended, oldest first. */
  open(): Promise<QueueItem[]>;
  /** Moves it there if the table of states allows; otherwise leaves it. @returns whether it is in that state now. */
  move(rid: string, state: QueueState, change?: Pick<QueueItem, 'outcome'> | { problem: StatusCode }): Promise<boolean>;
  waiting(): Promise<Waiting>;
  count(state: QueueState): Promise<number>;
  /** Fires after every change. */
  readonly changed$: Observable<void>;
}

const WAITING_STATES = QUEUE_STATES.filter(isWaiting);
const OPEN_STATES = QUEUE_STATES.filter((state) => state !== 'TERMINAL');

export function openQueue(collection: QueueCollection, now: () => Date): Queue {
  async function inState(states: readonly QueueState[], limit: number): Promise<QueueItem[]> {
    const selector = { state: { $in: [...states] } };
    const found = await collection.find({ selector, sort: [{ savedAt: 'asc' }], limit }).exec();
    return found.map((item) => item.toMutableJSON());
  }

  return {
    add: async (item) => {
      await collection.insert({ ...item, changedAt: now().toISOString() });
    },
    get: async (rid) => {
      const found = await collection.findOne(rid).exec();
      return found?.toMutableJSON();
    },
    list: async (limit) => {
      const found = await collection.find({ sort: [{ savedAt: 'desc' }], limit }).exec();
      return found.map((item) => item.toMutableJSON());
    },
    inState,
    open: () => inState(OPEN_STATES, Number.MAX_SAFE_INTEGER),
    move: async (rid, state, change = {}) => {
      const found = await collection.findOne(rid).exec();
      if (!found) return false;
      const after = await found.incrementalModify((item) => {
        if (!mayMove(item.state, state)) return item;
        // Why it was set aside is no longer so when it moves on.
        const { problem: _problem, ...kept } = item;
        return { ...kept, ...change, state, changedAt: now().toISOString() };
      });
      return after.state === state;
    },
    waiting: async () => {
      const found = await collection.find({ selector: { state: { $in: WAITING_STATES } } }).exec();
      const bytes = found.reduce((sum, { manifest }) => sum + manifest.packet.bytes, 0);
      const oldest = found.map(({ savedAt }) => savedAt).sort()[0] ?? null;
      return { packets: found.length, bytes, oldest };
    },
    count: (state) => collection.count({ selector: { state } }).exec(),
    changed$: collection.$.pipe(map(() => undefined)),
  };
}
