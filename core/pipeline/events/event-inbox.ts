/**
 * The events of the registrations in the lanes that this worker holds. The feed tells of new ones at once; a sweep through
 * all that there are finds the rest: at the start, when a lane was gained, when there was no room, and every minute. So
 * nothing depends on what the feed has told, or on what this process had in memory.
 *
 * ```
 * (in the store) -> waiting   seen by the feed or a sweep, in a held lane, and there is room
 * waiting        -> in hand   taken
 * in hand        -> (gone)    done: deleted from the store
 * in hand        -> put off   later: not asked again before the next sweep of the minute
 * any            -> (in the store)  its lane was lost, or the store failed: the next sweep finds it
 * ```
 * An event may come twice, when a sweep has read it just before it was deleted; its registration knows that it had it.
 */
import { laneOf } from '@enroute/shared/registration/lane.ts';
import type { Logger } from 'pino';
import { MONOTONIC, type MonotonicClock } from '../../ops/answer-by.ts';
import type { Database, Doc, Stored } from '../../store/store.ts';
import { MAX_BATCH } from '../../store/store.ts';
import type { Lanes } from '../lanes/lanes.ts';
import { eventSchema, type PipelineEvent } from './event.ts';

export interface InboxOptions {
  readonly events: Database;
  readonly lanes: Pick<Lanes, 'held' | 'onChange'>;
  readonly log: Logger;
  /** Most that wait in memory; more stay in the store until there is room. */
  readonly room?: number;
  readonly sweepMs?: number;
  readonly clock?: MonotonicClock;
}

export interface Inbox {
  /** Those that came first, at most `limit`; none of them is given again before it is `done` or `later`. */
  take(limit: number): Promise<PipelineEvent[]>;
  /** Applied, and saved; or to be ignored. @throws StoreError: they may come again */
  done(events: readonly PipelineEvent[]): Promise<void>;
  /** Can't be told yet: asked again within a minute. */
  later(events: readonly PipelineEvent[]): void;
  /** Called when there is something to take. @returns ends that. */
  onArrival(listener: () => void): () => void;
  stop(): Promise<void>;
}

const ROOM = 1_000;
const SWEEP_MS = 60_000;
const SWEEP_PAGE = 200;
const FEED_PAGE = 200;
const FEED_WAIT_MS = 10_000;
const AFTER_ERROR_MS = 1_000;
/** What was put off beyond this is asked again sooner than it needs to be. */
const MOST_PUT_OFF = 10_000;
/** RIDs are digits, and ":" is the character behind "9". */
const FRONT = '0';
const END = ':';

/** @returns when what is new from now on will be seen. @throws StoreError */
export async function openInbox(options: InboxOptions): Promise<Inbox> {
  const { updateSeq } = await options.events.info();
  return new EventInbox(options, updateSeq);
}

class EventInbox implements Inbox {
  readonly #options: Required<InboxOptions>;
  readonly #waiting = new Map<string, PipelineEvent>();
  readonly #inHand = new Set<string>();
  readonly #putOff = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #stopping = new AbortController();
  readonly #running: Promise<unknown>;
  readonly #endLanes: () => void;
  /** Where the sweep goes on; undefined when it has seen everything. */
  #sweepFrom: string | undefined = FRONT;
  #isSweepDue = Promise.withResolvers<void>();

  constructor(options: InboxOptions, since: string) {
    this.#options = { room: ROOM, sweepMs: SWEEP_MS, clock: MONOTONIC, ...options };
    this.#endLanes = options.lanes.onChange(({ gained, lost }) => {
      if (lost.length > 0) this.#dropLost();
      if (gained.length > 0) this.#sweepAgain();
    });
    this.#running = Promise.all([this.#follow(since), this.#sweepOnAndOn(), this.#sweepEveryMinute()]);
  }

  async take(limit: number): Promise<PipelineEvent[]> {
    const first = [...this.#waiting.values()].sort((one, other) => (one.at < other.at ? -1 : 1)).slice(0, limit);
    for (const { _id } of first) {
      this.#waiting.delete(_id);
      this.#inHand.add(_id);
    }
    if (this.#sweepFrom !== undefined) this.#isSweepDue.resolve();
    return first;
  }

  async done(events: readonly PipelineEvent[]): Promise<void> {
    try {
      for (let from = 0; from < events.length; from += MAX_BATCH) {
        const batch = events.slice(from, from + MAX_BATCH);
        // One that was deleted in between is gone, too.
        await this.#options.events.write(batch.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
      }
    } finally {
      for (const { _id } of events) this.#inHand.delete(_id);
    }
  }

  later(events: readonly PipelineEvent[]): void {
    for (const { _id } of events) {
      this.#inHand.delete(_id);
      if (this.#putOff.size < MOST_PUT_OFF) this.#putOff.add(_id);
    }
  }

  onArrival(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#waiting.size > 0) listener();
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#isSweepDue.resolve();
    this.#endLanes();
    await this.#running;
  }

  async #follow(since: string): Promise<void> {
    const { signal } = this.#stopping;
    for (let from = since; !signal.aborted; ) {
      try {
        const query = { since: from, limit: FEED_PAGE, waitMs: FEED_WAIT_MS, signal };
        const { changes, lastSeq } = await this.#options.events.changes(query);
        const documents = changes.filter(({ deleted }) => !deleted).map(({ doc }) => doc);
        if (this.#admit(documents) < documents.length) this.#sweepAgain();
        from = lastSeq;
      } catch (error) {
        await this.#afterError(error);
      }
    }
  }

  async #sweepEveryMinute(): Promise<void> {
    const { clock, sweepMs } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(sweepMs, signal);
      this.#putOff.clear();
      this.#sweepAgain();
    }
  }

  async #sweepOnAndOn(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#sweep();
      } catch (error) {
        await this.#afterError(error);
        continue;
      }
      await this.#isSweepDue.promise;
      this.#isSweepDue = Promise.withResolvers();
    }
  }

  /** Until everything was seen, or there is no more room. What is asked anew meanwhile begins at the front again. */
  async #sweep(): Promise<void> {
    while (this.#sweepFrom !== undefined && this.#hasRoom && !this.#stopping.signal.aborted) {
      const start = this.#sweepFrom;
      this.#sweepFrom = undefined;
      let next: string | undefined = start;
      try {
        const page = await this.#options.events.range({ start, end: END, limit: SWEEP_PAGE });
        const admitted = this.#admit(page);
        const last = page[admitted - 1];
        if (last) next = `${last._id}\u0000`;
        if (admitted === page.length && page.length < SWEEP_PAGE) next = undefined;
      } finally {
        this.#sweepFrom ??= next;
      }
    }
  }

  #sweepAgain(): void {
    this.#sweepFrom = FRONT;
    this.#isSweepDue.resolve();
  }

  /** @returns how many of them need not be looked at again: all, unless there is no more room. */
  #admit(documents: readonly Stored<Doc>[]): number {
    const held = this.#options.lanes.held();
    const before = this.#waiting.size;
    let looked = 0;
    for (const document of documents) {
      if (!this.#hasRoom) break;
      looked += 1;
      if (this.#isKnown(document._id)) continue;
      const { data: event, error } = eventSchema.safeParse(document);
      if (error) this.#options.log.error({ event: document._id }, 'events: one that can not be read');
      else if (held.has(laneOf(event.rid))) this.#waiting.set(event._id, event);
    }
    if (this.#waiting.size > before) for (const listener of this.#listeners) listener();
    return looked;
  }

  #isKnown(id: string): boolean {
    return this.#waiting.has(id) || this.#inHand.has(id) || this.#putOff.has(id);
  }

  get #hasRoom(): boolean {
    return this.#waiting.size < this.#options.room;
  }

  #dropLost(): void {
    const held = this.#options.lanes.held();
    const isLost = (id: string): boolean => !held.has(laneOf(id.slice(0, id.indexOf(':'))));
    for (const id of this.#waiting.keys()) if (isLost(id)) this.#waiting.delete(id);
    for (const ids of [this.#inHand, this.#putOff]) for (const id of ids) if (isLost(id)) ids.delete(id);
  }

  async #afterError(error: unknown): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    this.#options.log.warn({ err: error }, 'events: will look again in a moment');
    await this.#options.clock.sleep(AFTER_ERROR_MS, signal);
  }
}
