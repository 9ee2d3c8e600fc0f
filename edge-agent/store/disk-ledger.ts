/**
 * What a file holds of each document (PouchDB's revision, without which it refuses the next write), and in which order
 * the documents were last written.
 *
 * RxDB would order changes by `_meta.lwt`, the station's clock. After a restart with a clock that was set back (a flat
 * battery on the mainboard is enough) new documents would sort before the replication's checkpoint and never be pushed.
 * So every write gets a number that only goes up, and the checkpoint is that number.
 */

/** Where a reader of changes stands: it has seen every write up to this number. */
export interface DiskCheckpoint {
  readonly sequence: number;
}

interface LedgerEntry {
  readonly rev: string;
  readonly sequence: number;
}

interface LoggedWrite {
  readonly key: string;
  readonly sequence: number;
}

/** Superseded entries that the log may carry before it is worth copying. */
const SLACK = 1000;

export class DiskLedger {
  readonly #entries = new Map<string, LedgerEntry>();
  /** Ascending by sequence. An entry is superseded when the document has been written again or purged since. */
  #log: LoggedWrite[] = [];
  #last = 0;

  /** The number of the newest write. */
  get last(): number {
    return this.#last;
  }

  /** Numbers from here on are higher than this one, even if nothing with it is left on the disk. */
  startAfter(sequence: number): void {
    this.#last = Math.max(this.#last, sequence);
  }

  /** PouchDB's revision of a document, or undefined when the file does not hold it. */
  revisionOf(key: string): string | undefined {
    return this.#entries.get(key)?.rev;
  }

  keys(): string[] {
    return [...this.#entries.keys()];
  }

  /** Notes a write. Writes must be noted in ascending order of their numbers. */
  note(key: string, rev: string, sequence: number): void {
    this.#entries.set(key, { rev, sequence });
    this.#log.push({ key, sequence });
    this.startAfter(sequence);
    if (this.#log.length > 2 * this.#entries.size + SLACK) {
      this.#log = this.#log.filter((write) => this.#isCurrent(write));
    }
  }

  /** Forgets documents that the file does not hold any more. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.#entries.delete(key);
  }

  /** The documents written after the checkpoint, each once, oldest write first. */
  since(checkpoint: DiskCheckpoint, limit: number): LoggedWrite[] {
    const found: LoggedWrite[] = [];
    for (let i = this.#firstAfter(checkpoint.sequence); i < this.#log.length && found.length < limit; i += 1) {
      const write = this.#log[i];
      if (write && this.#isCurrent(write)) found.push(write);
    }
    return found;
  }

  #isCurrent(write: LoggedWrite): boolean {
    return this.#entries.get(write.key)?.sequence === write.sequence;
  }

  #firstAfter(sequence: number): number {
    let low = 0;
    let high = this.#log.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#log[middle]?.sequence ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
