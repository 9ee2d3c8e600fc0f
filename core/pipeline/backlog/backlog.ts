/**
 * How the feed of `registrations` becomes work at hand. The feed only wakes; it lists a document at its newest change.
 *
 * ```
 * tail     follows the end of the feed: what arrives, and what moves
 * sweep    reads again from an older place up to the end
 *   look   for lanes that were gained: goes right through, so that nobody waits behind a long backlog unseen; what there
 *          is no room for is skipped
 *   fill   for what was skipped: reads no faster than there is room, so that it reads each once
 * ```
 * Whatever was skipped is remembered as one place of the reading that skipped it. Places are opaque, and the feed of a
 * sharded store is only partly ordered: which of two comes first is known along one reading, and that nothing comes before
 * the beginning. So a sweep that began on the way of the tail has met all that the tail has left behind that place, and is
 * the new tail at its end. One that began elsewhere proves nothing of the tail: both stand, and what it has skipped is
 * swept from, too. The checkpoint is the lowest place behind which something is not finished; while that is not known it
 * is not moved.
 */
import type { StoredRegistration } from '../../databases.ts';
import { type Change, type Database, MAX_BATCH } from '../../store/store.ts';
import type { LaneChange } from '../lanes/lanes.ts';
import type { Timer, Timers } from '../timers/timer.ts';
import { FillRest } from './fill-rest.ts';
import { type Place, Reading } from './reading.ts';
import { type Start, Starts } from './starts.ts';
import type { Window } from './window.ts';
import { type Worker, type WorkOf, workOf } from './work-of.ts';

export interface BacklogParts {
  readonly registrations: Pick<Database, 'changes' | 'info'>;
  readonly timers: Pick<Timers, 'set'>;
  readonly window: Window;
  readonly worker: Worker;
  /** False of what is not to be held now although there is room. */
  readonly mayHold: (registration: StoredRegistration) => boolean;
}

interface Sweep {
  readonly kind: Start['kind'];
  readonly reading: Reading;
  /** It meets whatever the tail leaves from there on; undefined where that is not known. */
  readonly fromNth: number | undefined;
  hasHeld: boolean;
}

const TAIL_PAGE = 500;
/** So many pages are swept between two batches, at most. */
const SWEEP_PAGES = 5;
/** A fill begins when a quarter of the window is free. */
const FILL_SHARE = 0.25;

const OPEN = ['RECEIVED', 'IN_FLOW'];
/** A look sees to it that whatever waits has a timer, too: what is older than timers, or was restored. */
const OPEN_OR_WAITING = [...OPEN, 'PARKED'];

export class Backlog {
  readonly #parts: BacklogParts;
  readonly #starts = new Starts();
  /** Held, and it is not known where it is along the tail. */
  readonly #unplaced = new Set<string>();
  #tail: Reading;
  #sweep: Sweep | undefined;
  readonly #fillRest = new FillRest();
  /** For lack of room, although they go before the others. */
  #isUrgentLeft = false;

  /** @param tip where the feed ends, or ended a moment ago */
  constructor(parts: BacklogParts, tip: string) {
    this.#parts = parts;
    this.#tail = new Reading(tip);
  }

  /** True while there is something to read for which nobody has to wait. */
  get isBehind(): boolean {
    return this.#sweep ? this.#canGoOn(this.#sweep) : this.#nextStart() !== undefined;
  }

  /** Whether something is known to be left for lack of room. */
  get hasSkipped(): boolean {
    return this.#tail.skipped !== undefined || this.#starts.has('fill') || this.#sweep?.kind === 'fill';
  }

  /** From where the feed must be read again after a crash; undefined while it is not known. */
  get checkpoint(): Place | undefined {
    if (!this.#starts.isEmpty || this.#unplaced.size > 0) return undefined;
    if (!this.#sweep) return this.#tail.lowest;
    const { fromNth, reading } = this.#sweep;
    if (fromNth === undefined) return undefined;
    return this.#tail.lowest.nth < fromNth ? this.#tail.lowest : reading.lowest;
  }

  lanesChanged({ gained, lost }: LaneChange): void {
    this.#drop(new Set(lost));
    if (gained.length === 0) return;
    const places = [...new Set(gained.map((lane) => lane.since))];
    const isAll = gained.length === this.#parts.worker.lanes.held().size;
    // Nothing else is held: behind the place where their last holder was lies all that is open.
    const isClear = isAll && places.length === 1;
    if (!isClear && this.#sweep?.kind === 'fill') this.#putOff(this.#sweep);
    if (isClear) this.#lookOnlyFrom(places[0]);
    else if (!this.#starts.lookFirst(places)) this.#lookOnlyFrom(undefined);
  }

  /** Waits for something new at the end of the feed. @param signal ends the wait @throws StoreError */
  async wait(waitMs: number, signal: AbortSignal): Promise<void> {
    await this.#page(this.#tail, { limit: TAIL_PAGE, waitMs, signal, states: OPEN }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Reads on, some pages at most. @throws StoreError, or the signal's reason */
  async read(signal: AbortSignal): Promise<void> {
    await this.#page(this.#tail, { limit: TAIL_PAGE, waitMs: 0, signal, states: OPEN });
    for (let pages = 0; pages < SWEEP_PAGES && !signal.aborted; pages += 1) {
      this.#lookForUrgent();
      this.#sweep ??= this.#begin();
      if (!this.#sweep || !this.#canGoOn(this.#sweep)) return;
      await this.#sweepOn(this.#sweep, signal);
    }
  }

  /** It was saved, and a stage of it is still to be run here. */
  keep(registration: StoredRegistration): void {
    const { window, mayHold } = this.#parts;
    if (!mayHold(registration) && this.#leave(registration)) return;
    window.put(registration);
  }

  /** It came by another way than the feed, and what brought it is kept until it has moved. @returns whether there was room */
  bring(registration: StoredRegistration, timer?: Timer): boolean {
    return this.#parts.mayHold(registration) && this.#parts.window.offer(registration, timer);
  }

  /** Nothing is to be done for it here any more, and the store says so durably. */
  close(rid: string): void {
    this.#parts.window.remove(rid);
    this.#unplaced.delete(rid);
    this.#tail.close(rid);
    this.#sweep?.reading.close(rid);
  }

  #drop(lanes: ReadonlySet<number>): void {
    if (lanes.size === 0) return;
    for (const { _id, lane } of this.#parts.window.all()) if (lanes.has(lane)) this.close(_id);
    this.#tail.closeLanes(lanes);
    this.#sweep?.reading.closeLanes(lanes);
  }

  /** @param since before everything that is open in the lanes that are held */
  #lookOnlyFrom(since: string | undefined): void {
    if (this.#sweep) this.#unplace(this.#sweep.reading);
    this.#sweep = undefined;
    this.#starts.only({ kind: 'look', since, nth: 0 });
  }

  /** Goes on later from where it is. */
  #putOff({ reading, fromNth }: Sweep): void {
    this.#unplace(reading);
    const since = reading.skipped ? reading.skipped.since : reading.position;
    // What of the tail it has come by it has held, or it goes on from there.
    this.#starts.add({ kind: 'fill', since, ...(fromNth === undefined ? {} : { nth: fromNth }) });
    this.#sweep = undefined;
  }

  #unplace(reading: Reading): void {
    for (const rid of reading.rids()) this.#unplaced.add(rid);
  }

  /** There is room for urgent ones again: they do not wait until a fill comes by them. */
  #lookForUrgent(): void {
    const isLooking = this.#sweep?.kind === 'look' || this.#starts.has('look');
    if (!this.#isUrgentLeft || isLooking || !this.#parts.window.hasUrgentRoom) return;
    this.#isUrgentLeft = false;
    if (this.#sweep) this.#putOff(this.#sweep);
    if (this.#starts.lookFromAll(this.#tail.skipped)) this.#tail.releaseSkipped();
  }

  #nextStart(): Start | undefined {
    const { first } = this.#starts;
    if (first?.kind === 'look') return first;
    const { room, size } = this.#parts.window;
    if (!this.#fillRest.isOver || room < FILL_SHARE * (room + size)) return undefined;
    return first ?? (this.#tail.skipped && { kind: 'fill', ...this.#tail.skipped });
  }

  #begin(): Sweep | undefined {
    const start = this.#nextStart();
    if (!start) return undefined;
    const { kind, since, nth } = start;
    const fromNth = since === undefined ? 0 : nth;
    this.#starts.remove(start);
    const { skipped } = this.#tail;
    if (skipped && fromNth !== undefined && skipped.nth >= fromNth) this.#tail.releaseSkipped();
    return { kind, reading: new Reading(since), fromNth, hasHeld: false };
  }

  #canGoOn({ kind }: Sweep): boolean {
    return kind === 'look' || this.#parts.window.room > 0;
  }

  async #sweepOn(sweep: Sweep, signal: AbortSignal): Promise<void> {
    const isLook = sweep.kind === 'look';
    const limit = isLook ? MAX_BATCH : Math.min(MAX_BATCH, this.#parts.window.room);
    const states = isLook ? OPEN_OR_WAITING : OPEN;
    const isAtEnd = await this.#page(sweep.reading, { limit, waitMs: 0, signal, states });
    if (isAtEnd && this.#sweep === sweep) this.#finish(sweep);
  }

  /** It has met whatever is behind its start. */
  #finish({ kind, reading, fromNth, hasHeld }: Sweep): void {
    this.#sweep = undefined;
    if (fromNth === undefined) {
      this.#unplace(reading);
      if (reading.skipped) this.#starts.add({ kind: 'fill', since: reading.skipped.since });
    } else {
      this.#unplace(this.#tail);
      const { skipped } = this.#tail;
      if (skipped && skipped.nth < fromNth) this.#starts.add({ kind: 'fill', since: skipped.since });
      this.#tail = reading;
    }
    if (kind === 'fill') this.#fillRest.note(!hasHeld && reading.skipped !== undefined);
  }

  /** @returns whether this is the end of the feed */
  async #page(reading: Reading, query: PageQuery): Promise<boolean> {
    const { limit, waitMs, signal, states } = query;
    const selector = { field: 'state', values: states };
    const { registrations, timers, worker } = this.#parts;
    const since = reading.position;
    const { changes, lastSeq } = await registrations.changes({ since, limit, waitMs, signal, selector });
    const works = changes.map(({ doc }) => workOf(doc, worker));
    const waits = works.flatMap((work) => (work.kind === 'waits' ? [work.timer] : []));
    // Before the reading is past it: what waits is found by its timer alone.
    if (waits.length > 0) await timers.set(waits);
    // Lanes that were gained meanwhile put it off.
    if (reading !== this.#tail && reading !== this.#sweep?.reading) return false;
    for (const [index, change] of changes.entries()) this.#see(change, works[index], reading);
    reading.passed(lastSeq);
    return changes.length === 0;
  }

  #see(change: Change, work: WorkOf | undefined, reading: Reading): void {
    const held = this.#parts.window.get(change.id);
    // A wait that is still short enough to be kept in memory when it was saved.
    const isEcho = held !== undefined && held._rev === change.doc._rev;
    if (work?.kind === 'work') this.#met(work.registration, reading);
    else if (isEcho && work?.kind === 'waits') this.#met(held, reading);
    else this.close(change.id);
    reading.passed(change.seq);
  }

  #met(registration: StoredRegistration, reading: Reading): void {
    const { _id: rid, lane } = registration;
    const { worker, window, mayHold } = this.#parts;
    if (!worker.lanes.held().has(lane)) return;
    const isNew = !window.has(rid);
    if (!this.#hold(registration)) {
      reading.skip(rid);
      this.#isUrgentLeft ||= registration.priority === 'urgent' && mayHold(registration);
      return;
    }
    if (isNew && this.#sweep?.reading === reading) this.#sweep.hasHeld = true;
    // Its place along the tail is worth more than one of which nobody knows how the two lie to each other.
    if (reading !== this.#tail && this.#sweep?.fromNth === undefined && this.#tail.has(rid)) return;
    this.#unplaced.delete(rid);
    for (const other of [this.#tail, this.#sweep?.reading]) if (other !== reading) other?.close(rid);
    reading.hold(rid, lane);
  }

  #hold(registration: StoredRegistration): boolean {
    const { window, mayHold } = this.#parts;
    if (window.has(registration._id)) return window.offer(registration);
    if (!mayHold(registration)) return false;
    if (window.offer(registration)) return true;
    const leaving = window.displacedBy(registration, (rid) => this.#readingOf(rid) !== undefined);
    return leaving !== undefined && this.#leave(leaving) && window.offer(registration);
  }

  /** Out of memory; it is read again from its place. @returns false when it has none and must stay */
  #leave({ _id: rid }: StoredRegistration): boolean {
    const reading = this.#readingOf(rid);
    if (!reading) return false;
    reading.displace(rid);
    this.#parts.window.remove(rid);
    return true;
  }

  #readingOf(rid: string): Reading | undefined {
    return [this.#tail, this.#sweep?.reading].find((reading) => reading?.has(rid));
  }
}

interface PageQuery {
  readonly limit: number;
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly states: readonly string[];
}
