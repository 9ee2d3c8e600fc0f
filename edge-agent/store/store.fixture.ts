/** What the tests of this folder share: a schema, its documents, and instances on a folder that goes away. */

import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import {
  type BulkWriteRow,
  fillWithDefaultSettings,
  type MangoQuery,
  normalizeMangoQuery,
  prepareQuery,
  type RxDocumentData,
  type RxJsonSchema,
  type RxStorage,
  type RxStorageInstance,
} from 'rxdb';
import { onTestFinished, vi } from 'vitest';
import { getRxStoragePouch, type RxStoragePouchSettings } from './rx-storage-pouch.ts';

export interface Visit {
  id: string;
  name: string;
  age: number;
  city: string;
  note?: string;
  tags?: string[];
  place?: { street: string; number: number };
}

export type VisitData = RxDocumentData<Visit>;
/** Any storage's instance of visits: only what the interface promises. */
export type VisitStore = RxStorageInstance<Visit, unknown, unknown, unknown>;

const visitJsonSchema: RxJsonSchema<Visit> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 60 },
    name: { type: 'string', maxLength: 60 },
    age: { type: 'number', minimum: 0, maximum: 120, multipleOf: 1 },
    city: { type: 'string', maxLength: 60 },
    note: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' } },
    place: { type: 'object', properties: { street: { type: 'string' }, number: { type: 'number' } } },
  },
  required: ['id', 'name', 'age', 'city'],
  indexes: ['age', ['city', 'age'], 'name'],
};

/** As RxDB hands it to a storage, with `_deleted`, `_rev` and `_meta`. */
export const visitSchema = fillWithDefaultSettings(visitJsonSchema);
export { visitJsonSchema };

export function freshFolder(): string {
  const folder = mkdtempSync(join(quickTmpdir(), 'enroute-rxdb-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function storageIn(folder: string, settings: Partial<RxStoragePouchSettings> = {}) {
  const onFatal = (error: Error): void => {
    throw error;
  };
  return getRxStoragePouch({ folder, onFatal, ...settings });
}

/** Opens the visits of a database; closed when the test is over, if it still is open then. */
export async function openVisits<Internals, Options>(
  storage: RxStorage<Internals, Options>,
  options: Options,
  databaseName = 'station',
): Promise<RxStorageInstance<Visit, Internals, Options, { sequence: number }>> {
  const instance = await storage.createStorageInstance<Visit>({
    databaseInstanceToken: 'token',
    databaseName,
    collectionName: 'visits',
    schema: visitSchema,
    options,
    multiInstance: false,
    devMode: false,
  });
  onTestFinished(() => instance.close());
  return instance;
}

/** The first state of a document, written at `lwt`. */
export function visit(id: string, fields: Partial<Visit> = {}, lwt = 1): VisitData {
  const body = { name: 'Amina', age: 30, city: 'Kindu', ...fields, id };
  return { ...body, _deleted: false, _attachments: {}, _rev: '1-station', _meta: { lwt } };
}

/** The row that writes a document's next state, with the next revision as RxDB makes it: the same hash at each height. */
export function change(previous: VisitData, fields: Partial<VisitData>, lwt: number): BulkWriteRow<Visit> {
  const height = Number.parseInt(previous._rev, 10) + 1;
  return { previous, document: { ...previous, _rev: `${height}-station`, _meta: { lwt }, ...fields } };
}

export async function find(instance: VisitStore, query: MangoQuery<VisitData>): Promise<VisitData[]> {
  const prepared = prepareQuery<Visit>(visitSchema, normalizeMangoQuery(visitSchema, query));
  return (await instance.query(prepared)).documents;
}

export async function count(instance: VisitStore, query: MangoQuery<VisitData>): Promise<number> {
  const prepared = prepareQuery<Visit>(visitSchema, normalizeMangoQuery(visitSchema, query));
  return (await instance.count(prepared)).count;
}

/** What RxDB shows of a collection: it asks for `_deleted` in each of its queries, a storage does not add it. */
export function all(instance: VisitStore): Promise<VisitData[]> {
  return find(instance, { selector: { _deleted: false }, sort: [{ id: 'asc' }] });
}

export const idsOf = (documents: readonly { id: string }[]): string[] => documents.map((document) => document.id);

/** The adapter writes each SQLite error to the console. */
export function quietConsole(): void {
  const spy = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  onTestFinished(() => spy.mockRestore());
}
