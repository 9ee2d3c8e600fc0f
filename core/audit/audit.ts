/**
 * Writes the audit. What was noted is durable when `note` resolves; when the store fails, `note` does, and whoever acted is
 * not told that it was done.
 *
 * A writer is in one of three states:
 * - *new*: has written nothing. The first note opens its chain with an entry that names the ends of the other chains.
 *   A process that notes nothing leaves no chain.
 * - *settled*: every entry that was made is durable.
 * - *unsettled*: the store failed while entries were being written, and some may be there. Their notes were refused, but
 *   the chain has gone on by them: before anything else is written, the same entries are written again.
 * One batch is on its way at a time; what comes meanwhile waits, and goes together in the next.
 */
import { randomBytes } from 'node:crypto';
import type { KeyPair } from '@enroute/shared/crypto/keys.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Database } from '../store/store.ts';
import { type ChainEnd, putChainEnd, readChainEnds, removeChainEnds } from './chain-ends.ts';
import { type Entry, type EntryDoc, headOf, noteSchema, signEntry, writerSchema } from './entry.ts';

/** Notes that go into one write. */
const BATCH = 100;
/** Notes that may wait. More than this many acts at once that change something are no people's work. */
const MAX_WAITING = 1_000;

export interface AuditNote {
  /** Who: the id of an actor, or "anyone". */
  readonly by: string;
  readonly act: string;
  readonly done?: string | undefined;
  /** 'begun' before it is carried out, 'done' after; or the code that it was refused with. */
  readonly outcome: 'begun' | 'done' | StatusCode;
  readonly address?: string | undefined;
  readonly requestId?: string | undefined;
}

export interface Audit {
  /**
   * Durable when it resolves.
   * @throws EnrouteError ENR-AUD-001 when it can't be written, or too many wait. ZodError when the note holds more than
   *   short names: that is a mistake of the caller.
   */
  note(note: AuditNote): Promise<void>;
}

export interface AuditOptions {
  readonly database: Database;
  /** Names this run of the process; see `newWriter`. */
  readonly writer: string;
  readonly signing: KeyPair;
  readonly now: () => Date;
}

/** A name that no other run of any process has. It says nothing about the machine. */
export function newWriter(): string {
  return randomBytes(16).toString('hex');
}

export function openAudit(options: AuditOptions): Audit {
  writerSchema.parse(options.writer);
  return new AuditWriter(options);
}

interface Waiting {
  readonly note: AuditNote;
  readonly settle: PromiseWithResolvers<void>;
}

class AuditWriter implements Audit {
  readonly #options: AuditOptions;
  #waiting: Waiting[] = [];
  #atWork = false;
  /** The newest entry that was made, whether or not it is durable. */
  #last: Entry | undefined;
  #unsettled: readonly EntryDoc[] = [];

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  async note(given: AuditNote): Promise<void> {
    const note = noteSchema.parse(withoutGaps(given)) as AuditNote;
    if (this.#waiting.length >= MAX_WAITING) throw new EnrouteError('ENR-AUD-001', 'too many notes wait');
    const settle = Promise.withResolvers<void>();
    this.#waiting.push({ note, settle });
    if (!this.#atWork) void this.#work();
    await settle.promise;
  }

  async #work(): Promise<void> {
    this.#atWork = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH);
      this.#waiting = this.#waiting.slice(BATCH);
      try {
        await this.#write(batch.map(({ note }) => note));
        for (const { settle } of batch) settle.resolve();
      } catch (error) {
        const refusal = new EnrouteError('ENR-AUD-001', 'the store failed', error);
        for (const { settle } of batch) settle.reject(refusal);
      }
    }
    this.#atWork = false;
  }

  async #write(notes: readonly AuditNote[]): Promise<void> {
    await this.#settle();
    const named = this.#last ? [] : await readChainEnds(this.#options.database);
    const opening = this.#last ? [] : [this.#make({ by: 'core', act: 'audit.open', outcome: 'done' }, named)];
    this.#unsettled = [...opening, ...notes.map((note) => this.#make(note))];
    await this.#settle();
    // One that can't be read was not named: it stays, for whoever verifies.
    const readable = named.filter(({ head }) => head !== undefined);
    if (readable.length > 0) await removeChainEnds(this.#options.database, readable);
  }

  #make(note: AuditNote, named?: readonly ChainEnd[]): EntryDoc {
    const { writer, signing, now } = this.#options;
    const last = this.#last;
    // The clock may be set back; the entries still lie in the order in which they were written.
    const at = [now().toISOString(), last?.at ?? ''].sort().at(-1) ?? '';
    const place = { v: 1, writer, n: (last?.n ?? 0) + 1, at, previous: last?.hash ?? '' } as const;
    const heads = named?.flatMap(({ head }) => head ?? []);
    const { done, address, requestId, ...kept } = note;
    const said = withoutGaps({ ...kept, done, address, requestId, heads });
    const doc = signEntry({ ...place, ...said }, signing);
    const { _id, ...entry } = doc;
    this.#last = entry;
    return doc;
  }

  /** Writes what was made until all of it is there, then where the chain ends. To do it twice changes nothing. */
  async #settle(): Promise<void> {
    const { database } = this.#options;
    const entries = this.#unsettled;
    const end = entries.at(-1);
    if (!end) return;
    const results = await database.write(entries);
    const doubtful = entries.filter((_entry, index) => results[index]?.ok !== true);
    const there = doubtful.length === 0 ? [] : await database.getMany<EntryDoc>(doubtful.map(({ _id }) => _id));
    if (there.length < doubtful.length) throw new EnrouteError('ENR-AUD-001', 'not every entry was taken');
    await putChainEnd(database, headOf(end));
    this.#unsettled = [];
  }
}

/** What is not said is not there: `undefined` has no place in what is hashed. */
function withoutGaps<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
