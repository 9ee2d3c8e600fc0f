/**
 * The lanes that this worker has, as it knows it, and who is to be told of them. Whether they are really ours stands in
 * the store; what is kept here is on the safe side of that.
 *
 * ```
 * (not ours)  -> held         the claim was written, and its answer came in time     told: gained
 * held        -> giving back  somebody else shall have it                            told: lost
 * held        -> (not ours)   another holder is there, or it was not renewed in time  told: lost
 * giving back -> (not ours)   that nobody holds it is written, or its time is over
 * ```
 * Between "giving back" and the moment when others may take it lies a heartbeat: what is at hand comes to its end then.
 * From where the next holder must read is kept as it was before the loss was told, because whoever is told drops what is
 * open in the lane, and then believes to be further.
 */
import type { HeldLane, LaneChange } from './lanes.ts';
import type { LaneWrite } from './lease-register.ts';

interface Entry {
  readonly lane: number;
  readonly fence: number;
  since: string | undefined;
  rev: string;
  beat: number;
  /** Nobody else can have it before this, by this process's clock. */
  sureUntilMs: number;
  isGivenBack: boolean;
  /** That nobody holds it may be written by now. */
  isFree: boolean;
}

export type Claimed = Omit<Entry, 'isGivenBack' | 'isFree'>;

export class HeldLanes {
  readonly #holder: string;
  readonly #entries = new Map<number, Entry>();
  readonly #listeners = new Set<(change: LaneChange) => void>();

  constructor(holder: string) {
    this.#holder = holder;
  }

  /** Those on which work may begin. */
  held(): ReadonlyMap<number, HeldLane> {
    const held = [...this.#entries.values()].filter(({ isGivenBack }) => !isGivenBack);
    return new Map(held.map(({ lane, fence, since }) => [lane, { lane, fence, since }]));
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Also of one that is given back, until that is written: what is at hand is saved. */
  isSure(lane: number, nowMs: number): boolean {
    const entry = this.#entries.get(lane);
    return entry !== undefined && !entry.isFree && nowMs < entry.sureUntilMs;
  }

  /** Ours by the documents, as far as is known: held, or on its way back. */
  has(lane: number): boolean {
    return this.#entries.has(lane);
  }

  isGivenBack(lane: number): boolean {
    return this.#entries.get(lane)?.isGivenBack ?? false;
  }

  /** Undefined when there is none. */
  earliestEndMs(): number | undefined {
    return this.#entries.size === 0
      ? undefined
      : Math.min(...[...this.#entries.values()].map((each) => each.sureUntilMs));
  }

  onChange(listener: (change: LaneChange) => void): () => void {
    this.#listeners.add(listener);
    listener({ gained: [...this.held().values()], lost: [] });
    return () => this.#listeners.delete(listener);
  }

  progress(since: string | undefined): void {
    for (const entry of this.#entries.values()) if (!entry.isGivenBack) entry.since = since;
  }

  /** What is written now as a sign of life: of those that are given back, that nobody holds them. */
  renewals(): LaneWrite[] {
    for (const entry of this.#entries.values()) entry.isFree = entry.isGivenBack;
    return [...this.#entries.values()].map(({ lane, rev, beat, fence, since, isGivenBack }) => ({
      lane,
      lease: {
        _rev: rev,
        holder: isGivenBack ? null : this.#holder,
        fence,
        beat: beat + 1,
        ...(since === undefined ? {} : { since }),
      },
    }));
  }

  gain(claimed: readonly Claimed[]): void {
    for (const each of claimed) this.#entries.set(each.lane, { ...each, isGivenBack: false, isFree: false });
    if (claimed.length === 0) return;
    this.#tell({ gained: claimed.map(({ lane, fence, since }) => ({ lane, fence, since })), lost: [] });
  }

  renewed(lane: number, rev: string, beat: number, sureUntilMs: number): void {
    const entry = this.#entries.get(lane);
    if (!entry) return;
    Object.assign(entry, { rev, beat, sureUntilMs });
  }

  /** After a write of which it is not known what became: the document is ours, at this revision. */
  found(lane: number, rev: string, beat: number): void {
    const entry = this.#entries.get(lane);
    if (entry) Object.assign(entry, { rev, beat });
  }

  giveBack(lanes: readonly number[]): void {
    const given = lanes.filter((lane) => this.has(lane) && !this.isGivenBack(lane));
    for (const lane of given) Object.assign(this.#entries.get(lane) ?? {}, { isGivenBack: true });
    this.#tellLost(given);
  }

  drop(lanes: readonly number[]): void {
    const held = lanes.filter((lane) => this.has(lane) && !this.isGivenBack(lane));
    for (const lane of lanes) this.#entries.delete(lane);
    this.#tellLost(held);
  }

  /** @returns those that are ours no more because they were not renewed in time. */
  dropOverdue(nowMs: number): number[] {
    const overdue = [...this.#entries.values()].filter(({ sureUntilMs }) => nowMs >= sureUntilMs);
    const lanes = overdue.map(({ lane }) => lane);
    this.drop(lanes);
    return lanes;
  }

  #tellLost(lost: readonly number[]): void {
    if (lost.length > 0) this.#tell({ gained: [], lost });
  }

  #tell(change: LaneChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
