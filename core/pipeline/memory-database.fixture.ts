/** A database in memory that keeps the rules of the store's port: for tests of many registrations and of many crashes. */
import { randomBytes } from 'node:crypto';
import { fits } from '../store/selector.ts';
import type {
  Change,
  Changes,
  ChangesQuery,
  Database,
  DatabaseInfo,
  Doc,
  RangeQuery,
  Stored,
  WriteResult,
} from '../store/store.ts';

interface Entry {
  readonly seq: number;
  /** As JSON: nobody can change by accident what is stored. */
  readonly json: string;
  readonly rev: string;
  readonly deleted: boolean;
}

export class MemoryDatabase implements Database {
  readonly name: string;
  /** In the order of the newest changes, because a change takes an entry out and puts it in at the end. */
  readonly #entries = new Map<string, Entry>();
  readonly #waiting = new Set<() => void>();
  #seq = 0;
  /** The id of each change, by its seq. */
  readonly #log: string[] = [];

  constructor(name: string) {
    this.name = name;
  }

  async get<T extends Doc>(id: string): Promise<Stored<T> | undefined> {
    const entry = this.#entries.get(id);
    return entry && !entry.deleted ? docOf<T>(entry) : undefined;
  }

  async getMany<T extends Doc>(ids: readonly string[]): Promise<Stored<T>[]> {
    const found = await Promise.all(ids.map((id) => this.get<T>(id)));
    return found.filter((doc) => doc !== undefined);
  }

  async range<T extends Doc>({ start, end, limit, descending }: RangeQuery): Promise<Stored<T>[]> {
    const within = [...this.#entries].filter(([id, { deleted }]) => !deleted && id >= start && id < end);
    within.sort(([one], [other]) => (one < other === !descending ? -1 : 1));
    return within.slice(0, limit).map(([, entry]) => docOf<T>(entry));
  }

  async write(docs: readonly Doc[]): Promise<WriteResult[]> {
    const results = docs.map((doc) => this.#writeOne(doc));
    for (const wake of this.#waiting) wake();
    return results;
  }

  #writeOne(doc: Doc): WriteResult {
    const { _id: id, _rev: given, _deleted: deleted = false } = doc;
    const before = this.#entries.get(id);
    const current = before && !before.deleted ? before.rev : undefined;
    if (given !== current) return { ok: false, id, reason: 'conflict', detail: 'another revision is there' };
    const rev = `${Number.parseInt(before?.rev ?? '0', 10) + 1}-${randomBytes(4).toString('hex')}`;
    this.#seq += 1;
    this.#entries.set(id, { seq: this.#seq, json: JSON.stringify({ ...doc, _rev: rev }), rev, deleted });
    this.#log[this.#seq] = id;
    return { ok: true, id, rev };
  }

  async changes(query: ChangesQuery): Promise<Changes> {
    const found = this.#look(query);
    if (found.changes.length > 0 || query.waitMs === 0) return found;
    await this.#waitForWrite(query);
    query.signal?.throwIfAborted();
    return this.#look(query);
  }

  #look({ since, limit, selector }: ChangesQuery): Changes {
    const changes: Change[] = [];
    let seq = Number(since ?? 0);
    while (seq < this.#seq && changes.length < limit) {
      seq += 1;
      const id = this.#log[seq] ?? '';
      const entry = this.#entries.get(id);
      if (entry?.seq !== seq) continue;
      const doc = docOf<Doc>(entry);
      if (!selector || fits(selector, doc)) changes.push({ id, seq: String(seq), deleted: entry.deleted, doc });
    }
    return { changes, lastSeq: String(seq) };
  }

  #waitForWrite({ waitMs, signal }: ChangesQuery): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, waitMs);
      this.#waiting.add(end);
      signal?.addEventListener('abort', end);
      if (signal?.aborted) end();
    });
  }

  async pending(since: string | undefined): Promise<number> {
    return this.#look({ since, limit: Number.POSITIVE_INFINITY, waitMs: 0 }).changes.length;
  }

  writeWithBytes(): Promise<WriteResult> {
    throw new Error('No bytes beside documents in this one.');
  }

  bytesOf(): Promise<Uint8Array | undefined> {
    throw new Error('No bytes beside documents in this one.');
  }

  async info(): Promise<DatabaseInfo> {
    const docCount = [...this.#entries.values()].filter(({ deleted }) => !deleted).length;
    return { name: this.name, docCount, updateSeq: String(this.#seq) };
  }
}

function docOf<T extends Doc>({ json }: Entry): Stored<T> {
  // The caller says what it stored under this id; so it is with the port.
  return JSON.parse(json) as Stored<T>;
}
