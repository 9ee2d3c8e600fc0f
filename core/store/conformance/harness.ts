/** What the conformance suite asks of an adapter. */
import { expect } from 'vitest';
import { type OpenStoreOptions, openStore } from '../open-store.ts';
import { type Database, type Doc, MAX_BATCH, type Store, type Stored, type WriteResult } from '../store.ts';

export interface Harness {
  /** A new empty store; it is closed and removed by `dispose`. */
  open(): Promise<{ readonly store: Store; dispose(): Promise<void> }>;
  /** Where a store can be opened, one process after the other; removed by `dispose`. */
  place(): Promise<Place>;
}

export interface Place {
  /** Plain JSON. */
  readonly options: Omit<OpenStoreOptions, 'onFatal'>;
  dispose(): Promise<void>;
}

export const onFatal = (error: Error): void => {
  throw error;
};

/** Stores that are opened in a place of their own, and go with it. */
export function storesIn(place: Harness['place']): Harness {
  return {
    place,
    open: async () => {
      const { options, dispose } = await place();
      const store = await openStore({ ...options, onFatal });
      return {
        store,
        dispose: async () => {
          await store.close();
          await dispose();
        },
      };
    },
  };
}

/** The first MAX_BATCH of a database. */
export const EVERYTHING = { start: '', end: '\u{10ffff}', limit: MAX_BATCH } as const;

/** Passes the store that the running test may use. */
export type GetStore = () => Store;

/** A document of the tests. */
export interface Note extends Doc {
  readonly text?: string;
  readonly n?: number;
}

let databases = 0;

/** A database that no other test uses. */
export function newDatabase(store: Store): Promise<Database> {
  databases += 1;
  return store.database(`t${databases}`);
}

/** Writes documents that must all be written; their revisions by id. */
export async function put(db: Database, ...docs: readonly Note[]): Promise<Map<string, string>> {
  return new Map((await db.write(docs)).map((result) => [result.id, revOf(result)]));
}

export function revOf(result: WriteResult | undefined): string {
  expect(result).toMatchObject({ ok: true });
  return result?.ok === true ? result.rev : '';
}

export async function mustGet(db: Database, id: string): Promise<Stored<Note>> {
  const found = await db.get<Note>(id);
  if (found === undefined) throw new Error(`${id} is not there`);
  return found;
}

/** What writers of one document are told; in a cluster one that lost may be told that the store could not say. */
export async function amongWriters(writes: readonly Promise<WriteResult>[]): Promise<WriteResult[]> {
  const told = await Promise.allSettled(writes);
  return told.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return outcome.value;
    expect(outcome.reason).toMatchObject({ transient: true });
    return [];
  });
}

/** "ok", "conflict" or "refused" for each. */
export function outcomes(results: readonly WriteResult[]): string[] {
  return results.map((result) => (result.ok ? 'ok' : result.reason));
}

export function ids(docs: readonly { readonly _id: string }[]): string[] {
  return docs.map((doc) => doc._id);
}

/** Ids that have been trouble somewhere: scripts, pairs, the ends of Unicode, and what a URL would read as its own. */
export const STRANGE_IDS = [
  'A',
  'a',
  'a b',
  'a/b',
  'a+b',
  'a%2Fb',
  '%00',
  'a%00b',
  '%',
  '%zz',
  '+',
  ' ',
  ' a ',
  'a//b',
  '/',
  'a?b#c&d=e',
  'x_local/1',
  '..',
  '.',
  '"quoted"',
  "it's",
  '\\',
  '\u0001',
  'a\u0000',
  'a\u0000b',
  '\u007f',
  'é',
  'e\u0301',
  'e\u0301\u0323',
  '\u200b',
  '\u2028',
  '\u202eabc',
  '\ufeffa',
  'שלום',
  'مرحبا',
  '中文',
  '\ud7ff',
  '\ue000',
  '\ufffe',
  '\uffff',
  '😀',
  '👩‍🚀',
  '\u{10fffe}',
];

/** As long as any id is likely to be, and longer than an address of CouchDB can be. */
export const LONG_IDS = ['x'.repeat(1000), '%'.repeat(1000), '中'.repeat(1000), '😀'.repeat(500)];

/** The order that the port promises, worked out another way than the store does. */
export function byCodePoint(a: string, b: string): number {
  const left = Uint8Array.from(Buffer.from(a));
  return Buffer.compare(left, Uint8Array.from(Buffer.from(b)));
}
