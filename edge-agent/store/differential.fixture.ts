/**
 * Does the same random things to two storages and notes every difference that a user of them could see: answers,
 * errors, events, full documents and their order. The candidate is closed and opened again from time to time; the
 * reference never is.
 */
import { isDeepStrictEqual } from 'node:util';
import type { BulkWriteRow, EventBulk, MangoQuery, MangoQuerySelector, RxStorageChangeEvent } from 'rxdb';
import { change, count, find, type Visit, type VisitData, type VisitStore, visit } from './store.fixture.ts';

export interface Differential {
  readonly seed: number;
  readonly operations: number;
  readonly reopenEvery: number;
  readonly reference: VisitStore;
  /** Opens the candidate, for the first time and after each close. */
  readonly openCandidate: () => Promise<VisitStore>;
}

export interface DifferentialReport {
  readonly differences: readonly string[];
  readonly reopened: number;
  /** How often each kind of thing happened, so that a test can see that it did. */
  readonly seen: Readonly<Record<string, number>>;
}

/** mulberry32: small, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const WORDS = [
  'Amina',
  'amina',
  'Zoë',
  'Zoe\u0308',
  'Ñandú',
  'Žofia',
  'Ægir',
  '李小龙',
  'مريم',
  'Мария',
  'ሀገር',
  '🧕🏾',
  '👩‍👩‍👧',
  '_design/x',
  '_local/x',
  '__proto__',
  "O'Brien",
  '"quoted"',
  'back\\slash',
  'tab\there',
  'line\nbreak',
  '%_%',
  '\ufeffbom',
  '\u0000nul',
  '\ud800',
  '\ud801',
  '\\ud800',
  ' ',
  'ﬀ',
  'I',
  'ı',
  '0',
  '-1',
  'd:',
  '\u2028',
  // Above the surrogates by UTF-16 units, below them by code points.
  '\ue000',
  'ＡＢ',
  '\uffff',
  '😀',
  '😀😀',
  '\u0001',
  '\u0000\u0001',
];

class Generator {
  readonly #random: () => number;
  #clock = 1_700_000_000_000;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** A station's clock: it mostly goes on, and is sometimes set back. */
  now(): number {
    this.#clock += this.chance(0.02) ? -this.below(1_000_000) : 1 + this.below(50);
    return this.#clock;
  }

  id(): string {
    return `${this.pick(WORDS)}${this.below(4)}`;
  }

  fields(): Partial<Visit> {
    return {
      name: this.pick(WORDS),
      age: this.below(20),
      city: this.pick(['Kindu', 'Žilina', '上海', '']),
      ...(this.chance(0.5) && { note: `${this.pick(WORDS)} ${this.pick(WORDS)}` }),
      ...(this.chance(0.3) && { tags: [this.pick(WORDS), this.pick(WORDS)] }),
      ...(this.chance(0.3) && { place: { street: this.pick(WORDS), number: this.below(1000) / 8 } }),
    };
  }

  #condition(): MangoQuerySelector<VisitData> {
    const word = this.pick(WORDS);
    return this.pick<MangoQuerySelector<VisitData>>([
      { age: { $gt: this.below(20) } },
      { age: { $gte: this.below(10), $lt: 10 + this.below(10) } },
      { age: { $in: [this.below(20), this.below(20), this.below(20)] } },
      { age: { $ne: this.below(20) } },
      { name: { $eq: word } },
      { name: { $gte: word } },
      { name: { $lt: word } },
      { city: { $nin: ['Kindu', ''] } },
      { note: { $exists: this.chance(0.5) } },
      { note: { $regex: '^[A-Z]' } },
      { tags: { $elemMatch: { $eq: word } } },
      { tags: { $size: 2 } },
      { 'place.number': { $gt: this.below(125) } },
      { id: { $gt: word } },
      { id: { $lte: word } },
      { name: { $gt: word, $lte: this.pick(WORDS) } },
      { city: 'Kindu', age: { $gt: this.below(20) } },
      { city: 'Kindu', age: { $lte: this.below(20) } },
    ]);
  }

  selector(): MangoQuerySelector<VisitData> {
    const kind = this.below(10);
    if (kind === 0) return {};
    if (kind === 1) return { $or: [this.#condition(), this.#condition()] };
    if (kind === 2) return { $and: [this.#condition(), this.#condition()] };
    if (kind === 3) return { $nor: [this.#condition()] };
    return this.#condition();
  }

  query(): MangoQuery<VisitData> {
    const direction = () => this.pick(['asc', 'desc'] as const);
    const sort = this.pick<NonNullable<MangoQuery<VisitData>['sort']>>([
      [{ id: direction() }],
      [{ age: direction() }, { id: direction() }],
      [{ name: direction() }],
      [{ city: direction() }, { age: direction() }],
      [{ 'place.number': direction() }, { name: direction() }],
    ]);
    return {
      selector: this.chance(0.5) ? { $and: [{ _deleted: false }, this.selector()] } : this.selector(),
      ...(this.chance(0.7) && { sort }),
      ...(this.chance(0.3) && { skip: this.below(10) }),
      ...(this.chance(0.4) && { limit: this.below(15) }),
    };
  }
}

/** A row of a random kind for a document of which `known` is the newest state. */
function randomRow(generate: Generator, id: string, known: VisitData | undefined, older: VisitData | undefined) {
  const lwt = generate.now();
  const create = (): BulkWriteRow<Visit> => {
    const document = visit(id, generate.fields(), lwt);
    return { document: generate.chance(0.05) ? { ...document, _deleted: true } : document };
  };
  if (!known) return { kind: 'insert', row: create() };
  const kind = generate.below(10);
  if (kind === 0) return { kind: 'conflict', row: create() };
  if (kind === 1 && older) return { kind: 'stale', row: change(older, generate.fields(), lwt) };
  if (kind <= 3) return { kind: 'delete', row: change(known, { _deleted: true }, lwt) };
  const row = change(known, { ...generate.fields(), _deleted: false }, lwt);
  return { kind: known._deleted ? 'revive' : 'update', row };
}

const eventsOf = (bulk: EventBulk<RxStorageChangeEvent<Visit>, unknown>) => ({
  context: bulk.context,
  events: bulk.events,
});

export async function runDifferential(plan: Differential): Promise<DifferentialReport> {
  const { reference } = plan;
  const generate = new Generator(plan.seed);
  const differences: string[] = [];
  const seen: Record<string, number> = {};
  let reopened = 0;
  let candidate = await plan.openCandidate();

  const emitted = { reference: [] as unknown[], candidate: [] as unknown[] };
  reference.changeStream().subscribe((bulk) => emitted.reference.push(eventsOf(bulk)));
  let subscription = candidate.changeStream().subscribe((bulk) => emitted.candidate.push(eventsOf(bulk)));
  const history = new Map<string, VisitData>();

  const compare = (what: string, expected: unknown, got: unknown): void => {
    seen[what] = (seen[what] ?? 0) + 1;
    if (isDeepStrictEqual(expected, got)) return;
    differences.push(`${what}: expected ${JSON.stringify(expected)} got ${JSON.stringify(got)}`);
  };

  const write = async (): Promise<void> => {
    const rows: BulkWriteRow<Visit>[] = [];
    const ids = new Set(Array.from({ length: 1 + generate.below(8) }, () => generate.id()));
    for (const id of ids) {
      const [known] = await reference.findDocumentsById([id], true);
      const { kind, row } = randomRow(generate, id, known, history.get(id));
      seen[kind] = (seen[kind] ?? 0) + 1;
      if (known) history.set(id, known);
      rows.push(row);
    }
    const context = `write-${generate.below(1000)}`;
    const expected = await reference.bulkWrite(structuredClone(rows), context);
    const got = await candidate.bulkWrite(structuredClone(rows), context);
    compare('errors', expected.error, got.error);
    compare('events', emitted.reference, emitted.candidate);
    emitted.reference.length = 0;
    emitted.candidate.length = 0;
  };

  const byId = async (): Promise<void> => {
    const ids = Array.from({ length: 5 }, () => generate.id());
    for (const deleted of [true, false]) {
      compare(
        'by id',
        await reference.findDocumentsById(ids, deleted),
        await candidate.findDocumentsById(ids, deleted),
      );
    }
  };

  for (let n = 1; n <= plan.operations; n += 1) {
    const kind = generate.below(100);
    if (kind < 45) await write();
    else if (kind < 75) {
      const query = generate.query();
      compare('query', await find(reference, query), await find(candidate, query));
    } else if (kind < 88) {
      const query = { selector: generate.selector() };
      compare('count', await count(reference, query), await count(candidate, query));
    } else if (kind < 99) await byId();
    else {
      compare('cleanup', await reference.cleanup(0), await candidate.cleanup(0));
      // A document that is created again after this repeats its revisions: an older state would not be stale to RxDB.
      history.clear();
    }

    if (n % plan.reopenEvery === 0) {
      subscription.unsubscribe();
      await candidate.close();
      candidate = await plan.openCandidate();
      subscription = candidate.changeStream().subscribe((bulk) => emitted.candidate.push(eventsOf(bulk)));
      reopened += 1;
      const everything: MangoQuery<VisitData> = { selector: {}, sort: [{ id: 'asc' }] };
      compare('all', await find(reference, everything), await find(candidate, everything));
    }
  }
  return { differences, reopened, seen };
}
