import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freshFolder } from './store.fixture.ts';
import { listStoreFiles, storeFile } from './store-file.ts';
import { pouchId } from './stored-document.ts';

const file = (databaseName: string, collectionName: string, schemaVersion = 0) =>
  storeFile('/data', { databaseName, collectionName, schemaVersion });

test('a file is named so that people recognise it', () => {
  expect(basename(file('station', 'visits', 3))).toMatch(/^rx-station-visits-v3-[0-9a-f]{12}\.sqlite$/);
});

test('whatever the names are, the file lies in the folder under a name that every file system takes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (databaseName, collectionName) => {
      const path = file(databaseName, `../${collectionName}`);
      expect(dirname(path)).toBe('/data');
      expect(basename(path)).toMatch(/^rx-[a-z0-9_]*-[a-z0-9_]*-v0-[0-9a-f]{12}\.sqlite$/);
    }),
  );
});

test('names that look alike get files of their own, also where case does not count', () => {
  const files = [file('a', 'b'), file('A', 'b'), file('a-b', ''), file('a', 'b', 1), file('a/', 'b'), file('a.', 'b')];
  expect(new Set(files.map((path) => path.toLowerCase())).size).toBe(files.length);
});

test('two keys never share a PouchDB id, and every id is one that PouchDB and SQLite can hold', () => {
  const key = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom('', '_local/a', '\ud800', '\\ud800'),
  );
  const wild = fc.array(
    fc.oneof(
      key,
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    ),
  );
  const text = wild.map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(pouchId(a) === pouchId(b)).toBe(a === b);
      expect(pouchId(a).isWellFormed()).toBe(true);
      expect(pouchId(a).startsWith('_')).toBe(false);
    }),
  );
});

test('the files of a database are listed with their collections and versions, and nothing else is', async () => {
  const folder = freshFolder();
  const of = (databaseName: string, collectionName: string, schemaVersion: number) =>
    storeFile(folder, { databaseName, collectionName, schemaVersion });
  const [queue, internal] = [of('station-1', 'queue', 2), of('station-1', '_rxdb_internal', 0)];
  const others = [of('station-10', 'queue', 0), `${queue}-wal`, `${queue}-note`, join(folder, 'rx-notes.txt')];
  for (const path of [queue, internal, ...others]) writeFileSync(path, '');
  expect(await listStoreFiles(folder, 'station-1')).toEqual([
    { file: internal, collection: '_rxdb_internal', schemaVersion: 0 },
    { file: queue, collection: 'queue', schemaVersion: 2 },
  ]);
  expect(await listStoreFiles(join(folder, 'missing'), 'station-1')).toEqual([]);
});
