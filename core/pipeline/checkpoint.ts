/**
 * From where the feed must be read again after a crash: just before the first registration that is still open. What is
 * kept grows with the open registrations, never with the feed.
 */
export class Checkpoint {
  /** For each open registration, the place in the feed just before it; in the feed's order. */
  readonly #open = new Map<string, string | undefined>();
  #last: string | undefined;

  constructor(since: string | undefined) {
    this.#last = since;
  }

  /** A change in the feed: the registration is open when the engine still has to do something for it. */
  see(rid: string, seq: string, open: boolean): void {
    this.#open.delete(rid);
    // Its newest change is further on in the feed than all before it.
    if (open) this.#open.set(rid, this.#last);
    this.#last = seq;
  }

  /** The registration needs nothing more of the engine, and the store says so durably. */
  close(rid: string): void {
    this.#open.delete(rid);
  }

  /** The feed was read up to here, and there was nothing new in it. */
  passed(seq: string): void {
    this.#last = seq;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Reading from here, nothing that is unfinished is missed. Undefined is the beginning. */
  get since(): string | undefined {
    const [first] = this.#open.values();
    return this.#open.size > 0 ? first : this.#last;
  }
}
