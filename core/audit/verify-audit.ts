/**
 * Reads the whole audit, a page at a time, and names each fault: entries that are missing, altered, moved or put in; chains
 * that were cut off behind an end that a successor, the list of ends, or a file kept elsewhere names.
 *
 * It may run while others write. Writers' clocks differ, so an entry may come in behind the place where this has got
 * to: before an entry is called missing, it is looked for once more.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import type { PublicKey } from '@enroute/shared/crypto/keys.ts';
import { pages } from '../store/pages.ts';
import { type Database, type Doc, MAX_BATCH } from '../store/store.ts';
import { readChainEnds } from './chain-ends.ts';
import { type Entry, EVERY_ENTRY, entryId, entryProblem, entrySchema, type Head, headOf } from './entry.ts';

export interface AuditVerdict {
  readonly holds: boolean;
  /** By the time of their last entry, the newest first. */
  readonly writers: readonly WriterVerdict[];
  /** At most MAX_FAULTS of them, each a sentence that begins with where. */
  readonly faults: readonly string[];
}

export interface WriterVerdict {
  readonly writer: string;
  readonly entries: number;
  /** Where its chain ends. To be kept elsewhere: what is cut off later is found by it. */
  readonly head: Head;
}

export interface VerifyOptions {
  /** Ends of chains that were written down elsewhere. */
  readonly against?: readonly Head[];
  readonly signal?: AbortSignal | undefined;
}

const MAX_FAULTS = 1_000;
/** A signature takes a tenth of a millisecond: others get their turn in between. */
const BREATHE_EVERY = 50;

/** @param signingKeys all that the core has signed with, former ones too */
export async function verifyAudit(
  database: Database,
  signingKeys: readonly PublicKey[],
  { against = [], signal }: VerifyOptions = {},
): Promise<AuditVerdict> {
  const walk = new Walk(database, new Map(signingKeys.map((key) => [key.keyId, key])));
  // Before the entries: what they say is written by then.
  const ends = await readChainEnds(database);
  let read = 0;
  for await (const page of pages<Doc>(database, EVERY_ENTRY)) {
    for (const doc of page) {
      signal?.throwIfAborted();
      await walk.take(doc);
      read += 1;
      if (read % BREATHE_EVERY === 0) await breathe();
    }
  }
  const listed = ends.flatMap(({ head }) => head ?? []);
  if (listed.length < ends.length) walk.fault('the list of ends', 'can not be read');
  await walk.requireThere(listed, 'the list of ends');
  await walk.requireThere(against, 'the file of heads');
  return walk.verdict();
}

class Walk {
  readonly #database: Database;
  readonly #keys: ReadonlyMap<string, PublicKey>;
  readonly #chains = new Map<string, WriterVerdict>();
  readonly #faults: string[] = [];

  constructor(database: Database, keys: ReadonlyMap<string, PublicKey>) {
    this.#database = database;
    this.#keys = keys;
  }

  fault(where: string, what: string): void {
    if (this.#faults.length < MAX_FAULTS) this.#faults.push(`${where} ${what}`);
  }

  verdict(): AuditVerdict {
    const writers = [...this.#chains.values()].sort((a, b) => (a.head.at < b.head.at ? 1 : -1));
    return { holds: this.#faults.length === 0, writers, faults: this.#faults };
  }

  /** The next entry in the order of ids. */
  async take(doc: Doc): Promise<void> {
    const entry = this.#read(doc);
    if (!entry) return;
    const expected = (this.#chains.get(entry.writer)?.head.n ?? 0) + 1;
    if (entry.n > expected) await this.#lookAgain(entry, expected);
    this.#append(entry);
    if (entry.heads) await this.requireThere(entry.heads, `${entry._id}, as a successor,`);
  }

  /** Ends that somebody names must be there, and be what was named. */
  async requireThere(heads: readonly Head[], by: string): Promise<void> {
    for (let from = 0; from < heads.length; from += MAX_BATCH) {
      const page = heads.slice(from, from + MAX_BATCH);
      const docs = await this.#database.getMany<Doc & Partial<Entry>>(page.map(entryId));
      const hashes = new Map(docs.map(({ _id, hash }) => [_id, hash]));
      for (const head of page) {
        const id = entryId(head);
        if (hashes.get(id) !== head.hash)
          this.fault(id, `${hashes.has(id) ? 'is another' : 'is missing'}: ${by} names it`);
      }
    }
  }

  #read({ _id, _rev, ...body }: Doc): (Entry & { readonly _id: string }) | undefined {
    const entry = entrySchema.safeParse(body).data;
    const problem = entry ? entryProblem(_id, entry, this.#keys) : 'can not be read';
    if (problem) this.fault(_id, problem);
    return entry && { _id, ...entry };
  }

  #append(entry: Entry & { readonly _id: string }): void {
    const chain = this.#chains.get(entry.writer);
    const last = chain?.head;
    if (last && entry.n <= last.n) this.fault(entry._id, `stands behind number ${last.n}`);
    else if (entry.n > (last?.n ?? 0) + 1) this.fault(entry._id, `follows number ${last?.n ?? 0}: entries are missing`);
    else if (entry.previous !== (last?.hash ?? '')) this.fault(entry._id, 'does not continue the entry before it');
    const { writer } = entry;
    this.#chains.set(writer, { writer, entries: (chain?.entries ?? 0) + 1, head: headOf(entry) });
  }

  /** Takes those of the writer's entries that came in, behind this one's back, since it passed by. */
  async #lookAgain(entry: Entry, expected: number): Promise<void> {
    const since = this.#chains.get(entry.writer)?.head.at ?? EVERY_ENTRY.start;
    for await (const page of pages<Doc>(this.#database, { start: since, end: entryId(entry) })) {
      for (const doc of page) {
        const late = entrySchema.safeParse(bodyOf(doc)).data;
        if (late?.writer !== entry.writer || late.n < expected) continue;
        const read = this.#read(doc);
        if (read) this.#append(read);
      }
    }
  }
}

function bodyOf({ _id, _rev, ...body }: Doc): object {
  return body;
}
