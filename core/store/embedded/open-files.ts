/**
 * The database files that are open. A core has a database for every station and a process may hold only so many files,
 * so a file is opened by whoever needs it and stays open for the next; when more than `mostIdle` are open that nobody
 * uses, the one that was used longest ago is closed.
 *
 * A file is closed -> opening -> open -> closing -> closed. It is in use while a call runs on it, and only a file that
 * is open and not in use begins to close; whoever comes for it then waits until it is closed, and opens it again.
 */

export interface Closable {
  close(): Promise<void>;
}

interface Entry<F extends Closable> {
  readonly file: Promise<F>;
  users: number;
}

export class OpenFiles<F extends Closable> {
  readonly #open: (name: string) => Promise<F>;
  readonly #mostIdle: number;
  /** Opening and open ones; those that nobody uses in the order of their last use, longest ago first. */
  readonly #entries = new Map<string, Entry<F>>();
  readonly #closing = new Map<string, Promise<void>>();
  #failure: unknown;

  constructor(open: (name: string) => Promise<F>, mostIdle: number) {
    this.#open = open;
    this.#mostIdle = mostIdle;
  }

  /** @throws what opening throws, and what `work` does. */
  async use<T>(name: string, work: (file: F) => T | Promise<T>): Promise<T> {
    const entry = this.#enter(name);
    try {
      return await work(await entry.file);
    } finally {
      this.#leave(name, entry);
    }
  }

  /** How many are open or about to be. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Closes all. Nobody may use one any more.
   * @throws the first error of a file that could not be closed, now or before.
   */
  async close(): Promise<void> {
    for (const [name, entry] of this.#entries) this.#close(name, entry);
    await Promise.all(this.#closing.values());
    if (this.#failure !== undefined) throw this.#failure;
  }

  #enter(name: string): Entry<F> {
    const known = this.#entries.get(name);
    if (known !== undefined) {
      known.users += 1;
      return known;
    }
    const before = this.#closing.get(name);
    const file = before === undefined ? this.#open(name) : before.then(() => this.#open(name));
    const entry = { file, users: 1 };
    this.#entries.set(name, entry);
    // The next to come tries again.
    file.catch(() => {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
    });
    return entry;
  }

  #leave(name: string, entry: Entry<F>): void {
    entry.users -= 1;
    if (entry.users > 0 || this.#entries.get(name) !== entry) return;
    // To the end of the order.
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    this.#closeIdle();
  }

  #closeIdle(): void {
    if (this.#entries.size <= this.#mostIdle) return;
    const idle = [...this.#entries].filter(([, { users }]) => users === 0);
    for (const [name, entry] of idle.slice(0, Math.max(0, idle.length - this.#mostIdle))) this.#close(name, entry);
  }

  #close(name: string, entry: Entry<F>): void {
    this.#entries.delete(name);
    const closing = entry.file
      // One that could not be opened has nothing to close; its users were told.
      .then(
        (file) => file.close(),
        () => undefined,
      )
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#closing.delete(name));
    this.#closing.set(name, closing);
  }
}
