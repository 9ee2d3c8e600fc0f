/**
 * The database files that are open. A core has a database for every station and a process may hold only so many files,
 * so at most `mostOpen` are open at once: a file is opened by whoever needs it and stays open for the next; when another
 * one is needed and there is no room, the one that nobody uses and that was used longest ago is closed, and when all are
 * in use, whoever needs another waits in line. Nobody may need another file while using one.
 *
 * A file is closed -> (waiting for room ->) opening -> open -> closing -> closed. It is in use while a call runs on it, and
 * only a file that is open and not in use begins to close; whoever comes for it then waits until it is closed, and opens
 * it again.
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
  /** How many more may be opened; each gives its place back when it is closed. */
  #room: number;
  readonly #waiting: (() => void)[] = [];
  /** Waiting, opening and open ones; those that nobody uses in the order of their last use, longest ago first. */
  readonly #entries = new Map<string, Entry<F>>();
  readonly #closing = new Map<string, Promise<void>>();
  #failure: unknown;

  /** @param mostOpen 1 or more */
  constructor(open: (name: string) => Promise<F>, mostOpen: number) {
    this.#open = open;
    this.#room = mostOpen;
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
    const entry = { file: this.#openInTurn(name), users: 1 };
    this.#entries.set(name, entry);
    // The next to come tries again.
    entry.file.catch(() => {
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

  async #openInTurn(name: string): Promise<F> {
    await this.#closing.get(name);
    await this.#takePlace();
    try {
      return await this.#open(name);
    } catch (error) {
      this.#givePlace();
      throw error;
    }
  }

  async #takePlace(): Promise<void> {
    if (this.#room > 0) {
      this.#room -= 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#closeIdle();
    await promise;
  }

  #givePlace(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#room += 1;
    else next();
  }

  /** As many as are waited for, and are not closing already. */
  #closeIdle(): void {
    const wanted = this.#waiting.length - this.#closing.size;
    if (wanted <= 0) return;
    const idle = [...this.#entries].filter(([, { users }]) => users === 0);
    for (const [name, entry] of idle.slice(0, wanted)) this.#close(name, entry);
  }

  #close(name: string, entry: Entry<F>): void {
    this.#entries.delete(name);
    const closing = entry.file
      .then(
        (file) => this.#letGo(name, file),
        // One that could not be opened has nothing to close; its users were told.
        () => this.#closing.delete(name),
      )
      .then(() => undefined);
    this.#closing.set(name, closing);
  }

  async #letGo(name: string, file: F): Promise<void> {
    try {
      await file.close();
    } catch (error) {
      this.#failure ??= error;
    } finally {
      this.#closing.delete(name);
      this.#givePlace();
    }
  }
}
