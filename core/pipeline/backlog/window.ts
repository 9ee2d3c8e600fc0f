/**
 * The registrations that a worker has in memory: as many as it can soon work on, and never more, however long the backlog.
 *
 * Room is shared so that nobody is starved. Whoever comes may have it while there is some. When there is none, a center of
 * which there is little displaces the newest of the center of which there is most, so a center that has sent ten thousand
 * at once gives room to one that has sent ten. Urgent ones have a room of their own beyond that, and displace others until
 * those have half of the window left; a quarter of it they never have, however many come.
 *
 * Taken from it are the urgent ones first, every fourth time whatever is oldest, so that urgent ones starve nobody either;
 * and of the centers one after the other.
 */

import type { StoredRegistration } from '../../databases.ts';
import type { Timer } from '../timers/timer.ts';

export interface WindowLimits {
  /** Most registrations that are held, urgent ones that find no other room aside. */
  readonly total: number;
  /** Most urgent ones beyond that. */
  readonly urgent: number;
}

interface Held {
  readonly registration: StoredRegistration;
  /** The timer that brought it here, to be cleared when it has moved. */
  readonly timer: Timer | undefined;
}

export interface Take {
  readonly count: number;
  /** Most bytes of packets together; a single one may be larger. */
  readonly packetBytes: number;
  /** False of what is not to be worked on now. */
  readonly isReady: (registration: StoredRegistration) => boolean;
}

const OLDEST_FIRST_EVERY = 4;
const MOST_URGENT_SHARE = 0.75;

export class Window {
  readonly #limits: WindowLimits;
  readonly #held = new Map<string, Held>();
  readonly #byCenter = new Map<string, number>();
  #urgent = 0;
  #takes = 0;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#held.size;
  }

  /** For how many there is room, without displacing any. */
  get room(): number {
    return Math.max(0, this.#limits.total - this.#held.size);
  }

  /** Whether there is room for so many urgent ones that it is worth while to look for them. */
  get hasUrgentRoom(): boolean {
    const { total, urgent } = this.#limits;
    const room = Math.min(total + urgent - this.#held.size, this.#mostUrgent - this.#urgent);
    return room >= urgent / 2;
  }

  has(rid: string): boolean {
    return this.#held.has(rid);
  }

  get(rid: string): StoredRegistration | undefined {
    return this.#held.get(rid)?.registration;
  }

  timerOf(rid: string): Timer | undefined {
    return this.#held.get(rid)?.timer;
  }

  /** It has moved. @returns the timer that brought it */
  releaseTimer(rid: string): Timer | undefined {
    const held = this.#held.get(rid);
    if (!held?.timer) return undefined;
    this.#held.set(rid, { registration: held.registration, timer: undefined });
    return held.timer;
  }

  all(): StoredRegistration[] {
    return [...this.#held.values()].map(({ registration }) => registration);
  }

  /** @returns whether there was room for it, or it is there already: then it is held as it is now. */
  offer(registration: StoredRegistration, timer?: Timer): boolean {
    const { total, urgent } = this.#limits;
    const isUrgent = registration.priority === 'urgent';
    const isFull = this.#held.size >= (isUrgent ? total + urgent : total) || (isUrgent && !this.#mayHoldUrgent);
    if (isFull && !this.#held.has(registration._id)) return false;
    this.put(registration, timer);
    return true;
  }

  /** Holds it as it is now, whatever the room. */
  put(registration: StoredRegistration, timer?: Timer): void {
    const before = this.#held.get(registration._id);
    if (before) this.#count(before.registration, -1);
    this.#count(registration, 1);
    this.#held.set(registration._id, { registration, timer: timer ?? before?.timer });
  }

  remove(rid: string): void {
    const held = this.#held.get(rid);
    if (!held) return;
    this.#held.delete(rid);
    this.#count(held.registration, -1);
  }

  /**
   * The one that has to leave for it, when the room is to be shared fairly.
   * @param mayLeave of what can be found again
   */
  displacedBy(newcomer: StoredRegistration, mayLeave: (rid: string) => boolean): StoredRegistration | undefined {
    const normal = this.all().filter(({ priority }) => priority !== 'urgent');
    const leaving = (
      newcomer.priority === 'urgent' ? this.#forUrgent(normal) : this.#forCenterOf(newcomer, normal)
    ).filter(({ _id }) => mayLeave(_id));
    return leaving.reduce<StoredRegistration | undefined>(
      (newest, each) => (newest && byAge(newest, each) > 0 ? newest : each),
      undefined,
    );
  }

  #forUrgent(normal: readonly StoredRegistration[]): readonly StoredRegistration[] {
    return this.#mayHoldUrgent && normal.length > this.#limits.total / 2 ? normal : [];
  }

  #forCenterOf(newcomer: StoredRegistration, normal: readonly StoredRegistration[]): readonly StoredRegistration[] {
    const [center, most] = this.#largestCenter();
    const isFew = (this.#byCenter.get(centerOf(newcomer)) ?? 0) + 2 <= most;
    return isFew ? normal.filter(({ station }) => station.startsWith(center)) : [];
  }

  /** What is to be worked on next. It stays in the window. */
  take({ count, packetBytes, isReady }: Take): StoredRegistration[] {
    const ready = this.all().filter(isReady).sort(byAge);
    if (ready.length === 0) return [];
    this.#takes += 1;
    const isTurnOfAge = this.#takes % OLDEST_FIRST_EVERY === 0;
    return firstOf(isTurnOfAge ? ready : inTurn(ready), count, packetBytes);
  }

  get #mostUrgent(): number {
    const { total, urgent } = this.#limits;
    return Math.max(urgent, Math.ceil(MOST_URGENT_SHARE * total));
  }

  get #mayHoldUrgent(): boolean {
    return this.#urgent < this.#mostUrgent;
  }

  #count({ station, priority }: StoredRegistration, by: 1 | -1): void {
    if (priority === 'urgent') this.#urgent += by;
    const center = station.slice(0, CENTER_DIGITS);
    const count = (this.#byCenter.get(center) ?? 0) + by;
    if (count > 0) this.#byCenter.set(center, count);
    else this.#byCenter.delete(center);
  }

  #largestCenter(): readonly [center: string, count: number] {
    let largest: readonly [string, number] = ['', 0];
    for (const each of this.#byCenter) if (each[1] > largest[1]) largest = each;
    return largest;
  }
}

const CENTER_DIGITS = 5;

function centerOf({ station }: StoredRegistration): string {
  return station.slice(0, CENTER_DIGITS);
}

function byAge(one: StoredRegistration, other: StoredRegistration): number {
  const [a, b] = [keyOf(one), keyOf(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyOf({ _id, receivedAt, announcedAt }: StoredRegistration): string {
  return `${receivedAt ?? announcedAt} ${_id}`;
}

/** Urgent ones, then the others; of each the centers in turn, and of a center the oldest first. */
function inTurn(ready: readonly StoredRegistration[]): StoredRegistration[] {
  const { urgent = [], normal = [] } = Object.groupBy(ready, ({ priority }) => priority);
  return [...centersInTurn(urgent), ...centersInTurn(normal)];
}

function* centersInTurn(ready: readonly StoredRegistration[]): Generator<StoredRegistration> {
  const lines = [...Map.groupBy(ready, centerOf).values()];
  const longest = Math.max(0, ...lines.map(({ length }) => length));
  for (let place = 0; place < longest; place += 1) {
    for (const line of lines) {
      const next = line[place];
      if (next) yield next;
    }
  }
}

function firstOf(ordered: readonly StoredRegistration[], count: number, packetBytes: number): StoredRegistration[] {
  const taken: StoredRegistration[] = [];
  let bytes = 0;
  for (const registration of ordered) {
    if (taken.length === count) break;
    const together = bytes + bytesOf(registration);
    if (taken.length > 0 && together > packetBytes) continue;
    bytes = together;
    taken.push(registration);
  }
  return taken;
}

/** Each correction is a packet of its own, and about as large. */
function bytesOf({ packet, corrections }: StoredRegistration): number {
  return packet.bytes * (1 + corrections.length);
}
