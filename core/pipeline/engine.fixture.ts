/** An engine to be tried, and what it stands on: lanes that come and go as the test says, timers and events in memory. */
import { LANES, type Registration } from '@enroute/shared/registration/registration.ts';
import { type Database, MAX_BATCH } from '../store/store.ts';
import { expire } from './advance.ts';
import type { EngineOptions } from './engine.ts';
import type { EventSource } from './engine-events.ts';
import { applyEvent } from './events/apply-event.ts';
import type { EventDraft, PipelineEvent } from './events/event.ts';
import type { HeldLane, LaneChange, Lanes } from './lanes/lanes.ts';
import { UNOBSERVED } from './observe/observer.ts';
import { NOW, registrationOf, ridOf, silent } from './pipeline.fixture.ts';
import type { EffectStage } from './stage.ts';
import type { Timer, Timers } from './timers/timer.ts';

export const ALL_LANES: readonly number[] = Array.from({ length: LANES }, (_, lane) => lane);

/** What of the lanes outlives a worker. */
export class LaneBook {
  readonly fences = new Map<number, number>();
  readonly since = new Map<number, string>();
}

export class TestLanes implements Lanes {
  readonly #book: LaneBook;
  readonly #held = new Map<number, HeldLane>();
  readonly #listeners = new Set<(change: LaneChange) => void>();
  /** Whether the worker can be sure of what it holds. */
  isUnsure = false;

  constructor(book = new LaneBook(), held: readonly number[] = ALL_LANES) {
    this.#book = book;
    this.gain(held);
  }

  held = (): ReadonlyMap<number, HeldLane> => this.#held;
  isSure = (lane: number): boolean => !this.isUnsure && this.#held.has(lane);

  onChange(listener: (change: LaneChange) => void): () => void {
    this.#listeners.add(listener);
    listener({ gained: [...this.#held.values()], lost: [] });
    return () => this.#listeners.delete(listener);
  }

  progress(since: string | undefined): void {
    for (const lane of this.#held.keys()) {
      if (since === undefined) this.#book.since.delete(lane);
      else this.#book.since.set(lane, since);
    }
  }

  async stop(): Promise<void> {
    this.lose([...this.#held.keys()]);
  }

  gain(lanes: readonly number[]): void {
    const gained = lanes.map((lane): HeldLane => {
      const fence = (this.#book.fences.get(lane) ?? 0) + 1;
      this.#book.fences.set(lane, fence);
      return { lane, fence, since: this.#book.since.get(lane) };
    });
    for (const held of gained) this.#held.set(held.lane, held);
    this.#tell({ gained, lost: [] });
  }

  lose(lanes: readonly number[]): void {
    for (const lane of lanes) this.#held.delete(lane);
    this.#tell({ gained: [], lost: lanes });
  }

  #tell(change: LaneChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** As durable as the test is long. */
export class TestTimers implements Timers {
  readonly all = new Map<string, Timer>();

  async set(timers: readonly Timer[]): Promise<void> {
    for (const timer of timers) this.all.set(`${timer.at}:${timer.rid}`, timer);
  }

  async due(now: Date, lanes: { has(lane: number): boolean }, limit: number): Promise<Timer[]> {
    const due = [...this.all].filter(([, { at, lane }]) => at <= now.toISOString() && lanes.has(lane));
    return due
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .slice(0, limit)
      .map(([, timer]) => timer);
  }

  async clear(timers: readonly Timer[]): Promise<void> {
    for (const { at, rid } of timers) this.all.delete(`${at}:${rid}`);
  }
}

export class TestInbox implements EventSource {
  readonly waiting = new Map<string, PipelineEvent>();
  readonly #later = new Set<string>();
  readonly #out = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #count = 0;

  send(drafts: readonly EventDraft[]): void {
    for (const draft of drafts) {
      this.#count += 1;
      const event = { _id: `${draft.rid}:${this.#count}`, ...draft, v: 1 } as PipelineEvent;
      this.waiting.set(event._id, event);
    }
    for (const listener of this.#listeners) listener();
  }

  /** What was left for later is asked again. */
  again(): void {
    for (const id of this.#later) this.#out.delete(id);
    this.#later.clear();
    for (const listener of this.#listeners) listener();
  }

  async take(limit: number): Promise<readonly PipelineEvent[]> {
    const taken = [...this.waiting.values()].filter(({ _id }) => !this.#out.has(_id)).slice(0, limit);
    for (const { _id } of taken) this.#out.add(_id);
    return taken;
  }

  async done(events: readonly PipelineEvent[]): Promise<void> {
    for (const { _id } of events) {
      this.waiting.delete(_id);
      this.#out.delete(_id);
    }
  }

  later(events: readonly PipelineEvent[]): void {
    for (const { _id } of events) this.#later.add(_id);
  }

  onArrival(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Everything that an engine needs besides registrations and flows; nothing holds up and nothing is observed. */
export function engineParts(): Pick<
  EngineOptions,
  | 'lanes'
  | 'timers'
  | 'inbox'
  | 'histories'
  | 'sendEvents'
  | 'observer'
  | 'stages'
  | 'gate'
  | 'applyEvent'
  | 'expire'
  | 'now'
  | 'random'
  | 'log'
> & { readonly inbox: TestInbox; readonly timers: TestTimers } {
  const inbox = new TestInbox();
  return {
    lanes: new TestLanes(),
    timers: new TestTimers(),
    inbox,
    histories: { keep: async (registrations) => [...registrations] },
    sendEvents: async (events) => inbox.send(events),
    observer: UNOBSERVED,
    stages: undefined,
    gate: () => undefined,
    applyEvent,
    expire,
    now: () => new Date(),
    random: () => 0.01,
    log: silent,
  };
}

/** An effect that keeps a ledger: how often it was carried out for whom. */
export function ledgerStage(
  name: string,
  perform?: EffectStage['perform'],
): EffectStage & { ledger: Map<string, number> } {
  const ledger = new Map<string, number>();
  return {
    ...{ name, kind: 'effect', reads: false, outcomes: ['next'], ledger },
    perform: async (works, now) => {
      for (const { registration } of works) ledger.set(registration._id, (ledger.get(registration._id) ?? 0) + 1);
      return perform ? perform(works, now) : works.map(() => ({ kind: 'next' }));
    },
  };
}

/** Puts that many into a database, in bulk. */
export async function fill(db: Database, registrations: readonly Registration[]): Promise<void> {
  for (let from = 0; from < registrations.length; from += MAX_BATCH) {
    await db.write(registrations.slice(from, from + MAX_BATCH));
  }
}

/** Registrations of a center, beginning at that number. */
export function wave(count: number, from: number, station: string, change: Partial<Registration> = {}): Registration[] {
  return Array.from({ length: count }, (_, n) => {
    const receivedAt = new Date(NOW.getTime() + from + n).toISOString();
    return registrationOf(ridOf(from + n, station), { receivedAt, ...change });
  });
}
