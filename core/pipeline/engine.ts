/**
 * The engine of a worker: takes the registrations of its lanes along their flows, a batch at a time, for as long as it
 * runs. One turn after the other: what has happened for registrations, whose wait is over, what is new in the feed, and
 * then a batch of what is at hand. What is to be done stands on the documents; a crash loses no more than the knowledge of
 * where in the feed it was, and that is kept just before the first registration that is not finished.
 *
 * Lanes may come and go at any moment. Of a lane that is lost nothing is begun and nothing saved any more; of one that is
 * gained the feed is read again from where its last holder was.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredRegistration } from '../databases.ts';
import { type InMemory, readAgain, settle } from './after-saving.ts';
import { Backlog } from './backlog/backlog.ts';
import { Window } from './backlog/window.ts';
import type { Trouble, Worker } from './backlog/work-of.ts';
import { applyEvents, type EventParts } from './engine-events.ts';
import { checkSizes, type EngineOptions } from './engine-options.ts';
import { DueTimers } from './engine-timers.ts';
import { type BatchOptions, isDue, runBatch } from './run-batch.ts';
import { stageRest } from './stage-rest.ts';

export type { EngineOptions } from './engine-options.ts';

export interface Engine {
  /** Stops after the batch at hand; what is not finished is taken up by whoever has its lane next. */
  stop(): Promise<void>;
}

const LONGEST_WAIT_MS = 1_000;
const PAUSE_AFTER_ERROR_MS = 1_000;
/** Most bytes of packets in a batch of more than one: they are in memory all at once, decrypted. */
const BATCH_BYTES = 64 * 1024 * 1024;
/** Of the window, for urgent ones beyond it. */
const URGENT_SHARE = 0.25;
/** Of the window, most that may wait there for stages that rest. */
const RESTING_SHARE = 0.5;

/** @throws RangeError on sizes that it can't work with; StoreError when the store is away. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  checkSizes(options);
  const { updateSeq } = await options.registrations.info();
  const stopping = new AbortController();
  const running = new EngineLoop(options, updateSeq, stopping.signal).run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

class EngineLoop {
  readonly #options: EngineOptions;
  readonly #stopping: AbortSignal;
  readonly #window: Window;
  readonly #backlog: Backlog;
  readonly #batch: BatchOptions;
  readonly #inMemory: InMemory;
  readonly #events: EventParts;
  readonly #timers: DueTimers;
  readonly #told = new Set<string>();
  #waking = new AbortController();

  constructor(options: EngineOptions, tip: string, stopping: AbortSignal) {
    const { lanes, stages, flowOf, now, timers, registrations, log, random } = options;
    this.#options = options;
    this.#stopping = stopping;
    this.#window = new Window({ total: options.window, urgent: Math.ceil(URGENT_SHARE * options.window) });
    const onTrouble = (rid: string, trouble: Trouble): void => this.#tell(rid, trouble);
    const worker: Worker = { lanes, stages, flowOf, now, onTrouble };
    const mayHold = (registration: StoredRegistration): boolean => this.#mayHold(registration);
    this.#backlog = new Backlog({ registrations, timers, window: this.#window, worker, mayHold }, tip);
    const onChange = (stage: string, isResting: boolean): void =>
      log.warn({ stage }, isResting ? 'stage rests: nothing that it does gets on' : 'stage works again');
    const rest = stageRest({ nowMs: () => performance.now(), random, onChange });
    this.#batch = { ...options, rest };
    this.#inMemory = { registrations, timers, window: this.#window, backlog: this.#backlog, worker };
    this.#events = { ...options, saving: options, inMemory: this.#inMemory };
    this.#timers = new DueTimers({ ...options, saving: options, inMemory: this.#inMemory });
  }

  async run(): Promise<void> {
    const { lanes, inbox, log } = this.#options;
    using ends = new DisposableStack();
    ends.defer(
      lanes.onChange((change) => {
        this.#backlog.lanesChanged(change);
        this.#waking.abort();
      }),
    );
    ends.defer(inbox.onArrival(() => this.#waking.abort()));
    while (!this.#stopping.aborted) {
      try {
        await this.#turn();
      } catch (error) {
        if (this.#stopping.aborted) break;
        log.error({ err: error }, 'engine: will go on in a moment');
        await sleep(PAUSE_AFTER_ERROR_MS, undefined, { signal: this.#stopping }).catch(() => undefined);
      }
    }
    this.#report();
  }

  async #turn(): Promise<void> {
    // Whatever comes from now on shortens the wait at the end.
    this.#waking = new AbortController();
    const hadEvents = await applyEvents(this.#events);
    await this.#timers.look();
    await this.#backlog.read(this.#stopping);
    const hadWork = await this.#work();
    this.#report();
    if (hadEvents || hadWork || this.#backlog.isBehind) return;
    await this.#backlog.wait(this.#msUntilDue(), AbortSignal.any([this.#stopping, this.#waking.signal]));
  }

  async #work(): Promise<boolean> {
    const { batchSize, lanes, now } = this.#options;
    const isReady = (registration: StoredRegistration): boolean =>
      lanes.isSure(registration.lane) && isDue(registration, now()) && !this.#isResting(registration);
    const batch = this.#window.take({ count: batchSize, packetBytes: BATCH_BYTES, isReady });
    if (batch.length === 0) return false;
    const { saved, overtaken, notOurs } = await runBatch(batch, this.#batch);
    // Lanes that were lost meanwhile are none of ours any more.
    const ours = saved.filter(({ registration }) => lanes.held().has(registration.lane));
    await settle(ours, this.#inMemory);
    await readAgain([...overtaken, ...notOurs], this.#inMemory);
    return true;
  }

  #report(): void {
    const { lanes, observer } = this.#options;
    const checkpoint = this.#backlog.checkpoint;
    if (checkpoint && lanes.held().size > 0) lanes.progress(checkpoint.since);
    observer.held({ open: this.#window.size, waitingForRoom: this.#backlog.hasSkipped });
  }

  #msUntilDue(): number {
    const now = this.#options.now().getTime();
    const waits = this.#window.all().flatMap(({ notBefore }) => (notBefore ? [Date.parse(notBefore) - now] : []));
    return waits.filter((ms) => ms > 0).reduce((least, ms) => Math.min(least, ms), LONGEST_WAIT_MS);
  }

  #isResting(registration: StoredRegistration): boolean {
    const stage = registration.stage ?? this.#options.flowOf(registration)?.first;
    return stage !== undefined && this.#batch.rest.allowed(stage) === 0;
  }

  /** Those whose stage rests leave room for the others. */
  #mayHold(registration: StoredRegistration): boolean {
    if (!this.#isResting(registration)) return true;
    const resting = this.#window.all().filter((held) => this.#isResting(held));
    return resting.length < RESTING_SHARE * this.#options.window;
  }

  /** Once for each that is unreadable, and for each flow that is missing. */
  #tell(rid: string, trouble: Trouble): void {
    const key = trouble === 'flow not at hand' ? trouble : `${trouble} ${rid}`;
    if (this.#told.has(key)) return;
    if (this.#told.size < MAX_TOLD) this.#told.add(key);
    this.#options.log.error({ rid, trouble }, 'engine: a registration that is left alone');
  }
}

/** Beyond that it is told again and again, which is better than to remember without end. */
const MAX_TOLD = 1_000;
