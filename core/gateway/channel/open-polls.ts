/**
 * The polls that are open now. They wait here, in memory: one watch over all channels wakes those that something was
 * written for, one timer those whose heartbeat is due, and while they wait nobody asks the store for anything.
 *
 * A poll is at work or waits. At work -> waits: `wait()`. Waits -> at work, with what ended its wait:
 *   'written'  something was written into its channel, perhaps by the station itself: look;
 *   'due'      the time came that it named: a heartbeat, or the end of its time;
 *   'ending'   the core stops, or the station has opened newer ones: answer with what there is;
 *   'gone'     its connection has ended: nobody is there to be answered.
 * What happens while it is at work is not lost: its next wait ends at once. 'ending' and 'gone' stay.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { channelName } from '@enroute/sync/channel/documents.ts';
import type { OnTrouble, Store } from '../../store/store.ts';
import { KnownChannels } from './known-channels.ts';
import { type Due, SharedTimer } from './shared-timer.ts';

export type Woken = 'written' | 'due' | 'ending' | 'gone';

export interface OpenPoll extends Disposable {
  readonly isEnding: boolean;
  readonly isGone: boolean;
  /** @param atMs when it is due, as `performance.now()` counts */
  wait(atMs: number): Promise<Woken>;
  /** Its connection has ended. */
  leave(): void;
}

export interface OpenPolls {
  readonly channels: Pick<KnownChannels, 'isThere'>;
  /** Counts one as open until it is disposed of. One that does not wait takes no share of the station's. */
  enter(station: string, feed: 'normal' | 'longpoll'): OpenPoll;
  /** Has all of them answered. Resolves when they are, or when the time is up; no written channel is heard of after it. */
  drain(withinMs: number): Promise<void>;
}

/** One that waits, and the one before it of which the core has not heard yet that it is dead. */
const MOST_OF_STATION = 2;

/** @param onTrouble told what keeps written channels from being heard of; polls then wait for their heartbeats */
export async function openPolls(store: Pick<Store, 'watch' | 'list'>, onTrouble?: OnTrouble): Promise<OpenPolls> {
  const channels = new KnownChannels(store);
  /** Those that wait, or will, by the name of their channel; the oldest first. */
  const ofChannel = new Map<string, readonly Poll[]>();
  const timer = new SharedTimer();
  const empty = Promise.withResolvers<void>();
  const open = new Set<Poll>();
  let draining = false;

  const written = (name: string): void => {
    channels.note(name);
    for (const poll of ofChannel.get(name) ?? []) poll.tell('written');
  };
  const endWatch = await store.watch(channelName(''), written, onTrouble);

  function share(name: string, poll: Poll): void {
    const others = ofChannel.get(name) ?? [];
    const displaced = others.length === MOST_OF_STATION ? others[0] : undefined;
    ofChannel.set(name, [...others.filter((other) => other !== displaced), poll]);
    displaced?.tell('ending');
  }

  function leave(name: string, poll: Poll): void {
    const left = ofChannel.get(name)?.filter((one) => one !== poll) ?? [];
    if (left.length > 0) ofChannel.set(name, left);
    else ofChannel.delete(name);
    open.delete(poll);
    if (draining && open.size === 0) empty.resolve();
  }

  return {
    channels,
    enter: (station, feed) => {
      const name = channelName(station);
      const poll = new Poll(timer, (closed) => leave(name, closed));
      open.add(poll);
      if (feed === 'longpoll') share(name, poll);
      if (draining) poll.tell('ending');
      return poll;
    },
    drain: async (withinMs) => {
      draining = true;
      for (const poll of open) poll.tell('ending');
      const enough = new AbortController();
      const timeUp = sleep(withinMs, undefined, { signal: enough.signal }).catch(() => undefined);
      if (open.size > 0) await Promise.race([empty.promise, timeUp]);
      enough.abort();
      await endWatch();
    },
  };
}

class Poll implements OpenPoll, Due {
  readonly #timer: SharedTimer;
  readonly #close: (poll: Poll) => void;
  /** Of a poll that waits. */
  #wake: ((woken: Woken) => void) | undefined;
  #slot = 0;
  /** What came while it was at work. */
  #isWritten = false;
  #last: 'ending' | 'gone' | undefined;

  constructor(timer: SharedTimer, close: (poll: Poll) => void) {
    this.#timer = timer;
    this.#close = close;
  }

  get isEnding(): boolean {
    return this.#last !== undefined;
  }

  get isGone(): boolean {
    return this.#last === 'gone';
  }

  wait(atMs: number): Promise<Woken> {
    if (this.#last) return Promise.resolve(this.#last);
    if (this.#isWritten) {
      this.#isWritten = false;
      return Promise.resolve('written');
    }
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#slot = this.#timer.add(atMs, this);
    });
  }

  tell(woken: Exclude<Woken, 'due'>): void {
    if (woken !== 'written') this.#last = this.#last === 'gone' ? 'gone' : woken;
    else if (!this.#wake) this.#isWritten = true;
    if (!this.#wake) return;
    this.#timer.remove(this.#slot, this);
    this.#resume(woken);
  }

  due(): void {
    this.#resume('due');
  }

  leave(): void {
    this.tell('gone');
  }

  [Symbol.dispose](): void {
    this.#close(this);
  }

  #resume(woken: Woken): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.(woken);
  }
}
