/**
 * What went wrong with single packets since the agent was started, so that none holds up the others for ever.
 *
 * | trouble | so often, without a byte more in the core | then |
 * |---|---|---|
 * | `stuck`: the link, the core or this disk failed it, and the link is up otherwise | 3 | it is passed over |
 * | `part`: a part arrived damaged, and is sent again at once | 9 | it is passed over; the third time someone must look |
 * | `spoilt`: it arrived wrong as a whole | 1 | it is passed over; the third time someone must look |
 * | `not ready`: the core refused it for now | 1 | it is passed over |
 *
 * A packet that is passed over has a time of its own at which it may be tried again, later with each time. All of it is
 * forgotten when the packet is through, and counted anew when the core has got further with it.
 */
import { type BackOff, backOffMs } from '@enroute/sync/link/back-off.ts';

export type Trouble = 'stuck' | 'part' | 'spoilt' | 'not ready';
export type Verdict = 'again' | 'pass over' | 'look';

export interface PacketTroublesOptions {
  /** How long a packet is passed over. */
  readonly passOver: BackOff;
  /** 0 to 1 */
  readonly random: () => number;
  readonly monotonicMs: () => number;
}

interface Notes {
  /** How far the core had got with it when it was tried last. */
  readonly reachedBytes: number;
  readonly counts: Readonly<Record<Trouble, number>>;
  readonly timesPassedOver: number;
  /** It is passed over until then. */
  readonly dueMs: number;
}

/** How many of a kind it takes. */
const ENOUGH: Readonly<Record<Trouble, number>> = { stuck: 3, part: 9, spoilt: 1, 'not ready': 1 };
/** Then someone must look: what changes the bytes every time will do so once more. */
const ROUNDS: Partial<Readonly<Record<Trouble, number>>> = { part: 3, spoilt: 3 };
/** More are not remembered; the one that is forgotten is tried as if nothing had been. */
const MAX_REMEMBERED = 200;

const NONE: Notes = {
  reachedBytes: 0,
  counts: { stuck: 0, part: 0, spoilt: 0, 'not ready': 0 },
  timesPassedOver: 0,
  dueMs: Number.NEGATIVE_INFINITY,
};

export class PacketTroubles {
  readonly #options: PacketTroublesOptions;
  readonly #notes = new Map<string, Notes>();

  constructor(options: PacketTroublesOptions) {
    this.#options = options;
  }

  /** How many are passed over now. */
  get passedOver(): number {
    return [...this.#notes.keys()].filter((rid) => this.isPassedOver(rid)).length;
  }

  /** Until the first of them may be tried again; undefined when none is passed over. */
  get untilDueMs(): number | undefined {
    const nowMs = this.#options.monotonicMs();
    const left = [...this.#notes.values()].map(({ dueMs }) => dueMs - nowMs).filter((ms) => ms > 0);
    return left.length > 0 ? Math.min(...left) : undefined;
  }

  isPassedOver(rid: string): boolean {
    return this.#of(rid).dueMs > this.#options.monotonicMs();
  }

  /** A try begins: so much the core has of it, by its own word. What arrived spoilt is not made good by it. */
  begun(rid: string, bytes: number): void {
    const notes = this.#notes.get(rid);
    if (!notes || notes.reachedBytes === bytes) return;
    const { spoilt } = notes.counts;
    const anew = bytes > notes.reachedBytes ? { ...NONE, counts: { ...NONE.counts, spoilt } } : notes;
    this.#notes.set(rid, { ...anew, reachedBytes: bytes });
  }

  /** @param reachedBytes how far the core had got when this try began; undefined when it has not said so */
  note(rid: string, trouble: Trouble, reachedBytes: number | undefined): Verdict {
    const before = this.#of(rid);
    const count = before.counts[trouble] + 1;
    const reached = reachedBytes ?? before.reachedBytes;
    const notes = { ...before, reachedBytes: reached, counts: { ...before.counts, [trouble]: count } };
    if (count % ENOUGH[trouble] !== 0) return this.#keep(rid, notes, 'again');
    if (count / ENOUGH[trouble] >= (ROUNDS[trouble] ?? Number.POSITIVE_INFINITY)) return this.#keep(rid, notes, 'look');
    const { passOver, random, monotonicMs } = this.#options;
    // Half by chance: never at once, since nothing else may have made us wait.
    const waitMs = backOffMs(before.timesPassedOver, passOver, (1 + random()) / 2);
    const timesPassedOver = before.timesPassedOver + 1;
    return this.#keep(rid, { ...notes, timesPassedOver, dueMs: monotonicMs() + waitMs }, 'pass over');
  }

  forget(rid: string): void {
    this.#notes.delete(rid);
  }

  #of(rid: string): Notes {
    return this.#notes.get(rid) ?? NONE;
  }

  #keep(rid: string, notes: Notes, verdict: Verdict): Verdict {
    // The one of which nothing was heard for longest comes first.
    this.#notes.delete(rid);
    this.#notes.set(rid, notes);
    const [first] = this.#notes.keys();
    if (this.#notes.size > MAX_REMEMBERED && first !== undefined) this.#notes.delete(first);
    return verdict;
  }
}
