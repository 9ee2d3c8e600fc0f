/** The station's queue: every registration that it holds, and the one place that moves them from state to state. */
import type { Manifest } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { getChangedDocumentsSince, type MangoQuerySortPart, type RxDocument } from 'rxdb';
import type { Observable } from 'rxjs';
import { map } from 'rxjs';
import type { QueueCollection, QueueItem } from './queue-item.ts';
import type { Rejection } from './rejection.ts';
import { isWaiting, mayErase, mayMove, mayReturn, QUEUE_STATES, type QueueState } from './states.ts';
import { emptyTotals, type Total } from './totals.ts';
import { openTurns } from './turns.ts';
import { byAge } from './upload-order.ts';

export interface Waiting extends Total {
  /** When the oldest of them was saved; null when there is none. */
  readonly oldest: string | null;
}

/** What may change together with the state. */
export interface QueueChange {
  readonly outcome?: NonNullable<QueueItem['outcome']>;
  readonly problem?: StatusCode;
  /** The same packet's manifest with a signature more, or of the packet that a draft has become. */
  readonly manifest?: Manifest;
  readonly savedAt?: string;
  readonly rejection?: Rejection;
}

export type RowTest = (row: QueueItem) => boolean;

type Row = RxDocument<QueueItem>;

export interface Queue {
  /** Durable when it resolves. */
  add(item: Omit<QueueItem, 'changedAt'>): Promise<void>;
  get(rid: string): Promise<QueueItem | undefined>;
  /** Newest first; of all states, or of one. */
  list(limit: number, state?: QueueState): Promise<QueueItem[]>;
  /** Oldest first. */
  inState(states: readonly QueueState[], limit: number): Promise<QueueItem[]>;
  /**
   * Of each priority, those in one of these states that have waited longest, and those that are smallest; urgent before
   * normal, oldest first. Whatever goes next is among them, and nothing else has to be read.
   * @param limitEach of each priority, in each state, by either
   */
  firstInLine(states: readonly QueueState[], limitEach: number): Promise<QueueItem[]>;
  /** All, in the order of their RIDs, a page at a time; rows that move meanwhile are neither missed nor told twice. */
  pages(pageSize?: number): AsyncIterable<QueueItem[]>;
  /** The states of those that are here. */
  states(rids: readonly string[]): Promise<Map<string, QueueState>>;
  /**
   * Moves it there if the table of states allows; otherwise leaves it.
   * @param from only if it is in this state, or if this says so of the row as it is now
   * @returns whether it is in that state now.
   */
  move(rid: string, state: QueueState, change?: QueueChange, from?: QueueState | RowTest): Promise<boolean>;
  /**
   * Takes it back there, if the table knows such a way and a restored core was asked about it, see `countOnly`.
   * @returns whether it was taken back.
   */
  takeBack(rid: string, state: QueueState, change?: QueueChange): Promise<boolean>;
  /**
   * Notes of which core's receipts count for it, because that core is asked about it, and leaves it in its state.
   * @param epoch null: it has answered, and receipts of any core count
   * @returns whether it is in one of these states; otherwise nothing was noted.
   */
  countOnly(rid: string, epoch: string | null, states: readonly QueueState[]): Promise<boolean>;
  /** Erases the row of a draft or of a released packet, with no trace. @throws EnrouteError ENR-STN-012 on any other. */
  erase(rid: string): Promise<void>;
  /** Those that came into this state before a time, oldest first. */
  inStateBefore(state: QueueState, before: Date, limit: number): Promise<QueueItem[]>;
  /** Those in one of these states. */
  total(states: readonly QueueState[]): Total;
  waiting(): Promise<Waiting>;
  /** Those in this state, and since when. */
  stock(state: QueueState): Promise<Waiting>;
  /** Fires after every change. */
  readonly changed$: Observable<void>;
}

const PAGE = 500;
const SCAN_PAGE = 100;
const FIRST_TO_LAST = ['urgent', 'normal'] as const;
/** By age, and by size. */
const IN_LINE_BY: readonly (readonly MangoQuerySortPart<QueueItem>[])[] = [
  [{ savedAt: 'asc' }],
  [{ 'manifest.packet.bytes': 'asc' }, { savedAt: 'asc' }],
];
const WAITING_STATES = QUEUE_STATES.filter(isWaiting);

export async function openQueue(collection: QueueCollection, now: () => Date): Promise<Queue> {
  const totals = emptyTotals();
  // A row is read, judged and written in turn: two moves must not both begin from the same state, and a row that is being
  // moved must not be erased, or RxDB would bring it back.
  const turns = openTurns();
  for await (const item of everyRow(collection)) totals.enter(item.state, bytesOf(item));

  async function* pages(pageSize: number): AsyncIterable<QueueItem[]> {
    for (let after = ''; ; ) {
      const selector = { rid: { $gt: after } };
      const found = await collection.find({ selector, sort: [{ rid: 'asc' }], limit: pageSize }).exec();
      const last = found.at(-1);
      if (!last) return;
      after = last.rid;
      yield found.map((item) => item.toMutableJSON());
      if (found.length < pageSize) return;
    }
  }

  async function oldestIn(state: QueueState, limit: number): Promise<QueueItem[]> {
    const found = await collection.find({ selector: { state }, sort: [{ savedAt: 'asc' }], limit }).exec();
    return found.map((item) => item.toMutableJSON());
  }

  async function inState(states: readonly QueueState[], limit: number): Promise<QueueItem[]> {
    const found = await Promise.all(states.map((state) => oldestIn(state, limit)));
    return found.flat().sort(byAge).slice(0, limit);
  }

  async function stockOf(states: readonly QueueState[]): Promise<Waiting> {
    const [oldest] = await inState(states, 1);
    return { ...totals.of(states), oldest: oldest?.savedAt ?? null };
  }

  async function move(rid: string, state: QueueState, change: QueueChange, isMeant: RowTest): Promise<boolean> {
    const found = await collection.findOne(rid).exec();
    if (!found) return false;
    const before = found.toMutableJSON() as QueueItem;
    if (!mayMove(before.state, state) || !isMeant(before)) return before.state === state;
    await put(found, before, state, change);
    return true;
  }

  async function takeBack(rid: string, state: QueueState, change: QueueChange): Promise<boolean> {
    const found = await collection.findOne(rid).exec();
    const before = found?.toMutableJSON() as QueueItem | undefined;
    if (!found || before?.epoch === undefined || !mayReturn(before.state, state)) return false;
    await put(found, before, state, change);
    return true;
  }

  async function put(found: Row, before: QueueItem, state: QueueState, change: QueueChange): Promise<void> {
    // Why it was set aside is no longer so when it moves on.
    await found.incrementalModify(({ problem: _problem, ...kept }) => {
      return { ...kept, ...change, state, changedAt: now().toISOString() };
    });
    totals.leave(before.state, bytesOf(before));
    totals.enter(state, bytesOf({ manifest: change.manifest ?? before.manifest }));
  }

  async function countOnly(rid: string, epoch: string | null, states: readonly QueueState[]): Promise<boolean> {
    const found = await collection.findOne(rid).exec();
    if (!found || !states.includes(found.state)) return false;
    if ((found.epoch ?? null) === epoch) return true;
    await found.incrementalModify(({ epoch: _before, ...row }) => ({ ...row, ...(epoch === null ? {} : { epoch }) }));
    return true;
  }

  async function erase(rid: string): Promise<void> {
    const found = await collection.findOne(rid).exec();
    if (!found) return;
    const { state } = found;
    if (!mayErase(state)) throw new EnrouteError('ENR-STN-012', state);
    const bytes = bytesOf(found);
    await found.remove();
    // At once, and not when RxDB gets round to it: no replication follows this collection.
    await collection.storageInstance.cleanup(0);
    totals.leave(state, bytes);
  }

  return {
    add: async (item) => {
      await collection.insert({ ...item, changedAt: now().toISOString() });
      totals.enter(item.state, bytesOf(item));
    },
    get: async (rid) => {
      const found = await collection.findOne(rid).exec();
      return found?.toMutableJSON();
    },
    list: async (limit, state) => {
      const selector = state ? { state } : {};
      // By the index that holds this order: without being told, RxDB reads all and sorts.
      const index = state ? ['state', 'savedAt'] : ['savedAt'];
      const sort: MangoQuerySortPart<QueueItem>[] = [{ savedAt: 'desc' }, { rid: 'desc' }];
      const found = await collection.find({ selector, sort, index, limit }).exec();
      return found.map((item) => item.toMutableJSON());
    },
    inState,
    firstInLine: async (states, limitEach) => {
      const items: QueueItem[] = [];
      for (const priority of FIRST_TO_LAST) {
        const found = await Promise.all(
          states.flatMap((state) =>
            IN_LINE_BY.map((sort) => {
              const selector = { state, 'manifest.priority': priority };
              return collection.find({ selector, sort: [...sort], limit: limitEach }).exec();
            }),
          ),
        );
        const each = new Map(found.flat().map((item) => [item.rid, item.toMutableJSON() as QueueItem]));
        items.push(...[...each.values()].sort(byAge));
      }
      return items;
    },
    pages: (pageSize = PAGE) => pages(pageSize),
    states: async (rids) => {
      const found = await collection.storageInstance.findDocumentsById([...rids], false);
      return new Map(found.map(({ rid, state }) => [rid, state]));
    },
    move: (rid, state, change = {}, from) => turns.take(rid, () => move(rid, state, change, rowTest(from))),
    takeBack: (rid, state, change = {}) => turns.take(rid, () => takeBack(rid, state, change)),
    countOnly: (rid, epoch, states) => turns.take(rid, () => countOnly(rid, epoch, states)),
    erase: (rid) => turns.take(rid, () => erase(rid)),
    inStateBefore: async (state, before, limit) => {
      const selector = { state, changedAt: { $lt: before.toISOString() } };
      const found = await collection.find({ selector, sort: [{ changedAt: 'asc' }], limit }).exec();
      return found.map((item) => item.toMutableJSON());
    },
    total: (states) => totals.of(states),
    waiting: () => stockOf(WAITING_STATES),
    stock: (state) => stockOf([state]),
    changed$: collection.$.pipe(map(() => undefined)),
  };
}

/** Straight from the storage: RxDB would make a living document of each of ten thousand rows. */
async function* everyRow(collection: QueueCollection): AsyncIterable<QueueItem> {
  let checkpoint: unknown;
  for (;;) {
    const found = await getChangedDocumentsSince(collection.storageInstance, SCAN_PAGE, checkpoint);
    for (const row of found.documents) if (!row._deleted) yield row;
    if (found.documents.length < SCAN_PAGE) return;
    checkpoint = found.checkpoint;
  }
}

function rowTest(from: QueueState | RowTest | undefined): RowTest {
  if (typeof from === 'function') return from;
  return ({ state }) => from === undefined || state === from;
}

function bytesOf({ manifest }: Pick<QueueItem, 'manifest'>): number {
  return manifest.packet.bytes;
}
