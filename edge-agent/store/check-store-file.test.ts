import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getChangedDocumentsSince } from 'rxdb';
import { expect, test } from 'vitest';
import { checkStoreFile } from './check-store-file.ts';
import { NOTE_SUFFIX } from './commit-note.ts';
import {
  all,
  change,
  find,
  freshFolder,
  openVisits,
  quietConsole,
  storageIn,
  type VisitData,
  visit,
} from './store.fixture.ts';
import { listStoreFiles, setStoreFileAside } from './store-file.ts';

const FLIPS = 150;

async function fileIn(folder: string): Promise<string> {
  const [found] = await listStoreFiles(folder, 'station');
  if (!found) throw new Error('There is no store file.');
  return found.file;
}

/** Everything that can be read of a store, by id, along each index and by the order of writing. */
async function contentOf(folder: string, onFatal: (error: Error) => void): Promise<unknown> {
  const instance = await openVisits(storageIn(folder, { onFatal }), {});
  try {
    const byIndex = [];
    for (const field of ['id', 'age', 'name', 'city'] as const) {
      byIndex.push(await find(instance, { selector: {}, sort: [{ [field]: 'asc' }] }));
    }
    const ids = Array.from({ length: 40 }, (_, n) => `visit-${n}`);
    const byId = await instance.findDocumentsById(ids, true);
    return { byIndex, byId, changes: await getChangedDocumentsSince(instance, 100) };
  } finally {
    await instance.close();
  }
}

/** A store with inserts, changes, deletions and a cleanup behind it: closed, or as a crash would leave it. */
async function storeFolder(end: 'closed' | 'crashed'): Promise<string> {
  const folder = freshFolder();
  const instance = await openVisits(storageIn(folder), {});
  const documents = Array.from({ length: 40 }, (_, n) => visit(`visit-${n}`, { age: n, note: `Zoë ${n} `.repeat(20) }));
  await instance.bulkWrite(
    documents.map((document) => ({ document })),
    'test',
  );
  const removed = documents.slice(0, 3).map((document) => change(document, { _deleted: true }, 2));
  await instance.bulkWrite(removed, 'test');
  await instance.cleanup(0);
  for (const document of documents.slice(10, 20)) await instance.bulkWrite([change(document, { age: 99 }, 3)], 'test');
  await instance.bulkWrite([change(documents[5] as VisitData, { _deleted: true }, 4)], 'test');
  if (end === 'closed') {
    await instance.close();
    return folder;
  }
  const left = copyOf(folder);
  await instance.close();
  return left;
}

function copyOf(folder: string): string {
  const copy = freshFolder();
  for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(copy, name));
  return copy;
}

/** Numbers that are spread evenly and the same each time. */
const spread = (n: number, size: number): number => Math.floor(((n * 0.618_033_988_749_895) % 1) * size);

/** Changes one byte at many places of one of the files; says what came of it where harm was done and not seen. */
async function unseenHarm(folder: string, suffix: string): Promise<{ unseen: number[]; damaged: number }> {
  const file = await fileIn(folder);
  const whole = readFileSync(`${file}${suffix}`);
  const expected = await contentOf(copyOf(folder), () => undefined);
  const unseen: number[] = [];
  let damaged = 0;
  for (let n = 1; n <= FLIPS; n += 1) {
    const at = spread(n, whole.length);
    const copy = copyOf(folder);
    const bytes = Buffer.from(whole);
    bytes.writeUInt8((bytes.readUInt8(at) ^ (1 << (n % 8))) & 0xff, at);
    writeFileSync(`${await fileIn(copy)}${suffix}`, bytes);
    if ((await checkStoreFile(await fileIn(copy))) === 'damaged') damaged += 1;
    else if (!isEqual(expected, await contentOf(copy, () => undefined).catch(() => undefined))) unseen.push(at);
    rmSync(copy, { recursive: true });
  }
  return { unseen, damaged };
}

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

test.for(['closed', 'crashed'] as const)('a whole file is ok, and is left as it was found (%s)', async (end) => {
  const folder = await storeFolder(end);
  const before = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]);
  expect(await checkStoreFile(await fileIn(folder))).toBe('ok');
  expect(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))])).toEqual(before);
});

test('one changed byte anywhere in a closed file is harmless or seen', async () => {
  quietConsole();
  const { unseen, damaged } = await unseenHarm(await storeFolder('closed'), '');
  expect(unseen).toEqual([]);
  expect(damaged).toBeGreaterThan(FLIPS / 5);
});

test.for(['', '-wal'])(
  'one changed byte anywhere in what a crash leaves is harmless or seen (.sqlite%s)',
  async (suffix) => {
    quietConsole();
    const { unseen, damaged } = await unseenHarm(await storeFolder('crashed'), suffix);
    expect(unseen).toEqual([]);
    if (suffix === '-wal') expect(damaged).toBeGreaterThan(FLIPS / 2);
  },
);

test('a log that is gone or cut off after a crash is damage, for the check and for the opening', async () => {
  const folder = await storeFolder('crashed');
  const file = await fileIn(folder);
  const log = readFileSync(`${file}-wal`);
  writeFileSync(`${file}-wal`, log.subarray(0, Math.floor(log.length * 0.8)));
  expect(await checkStoreFile(file)).toBe('damaged');
  await expect(openVisits(storageIn(folder), {})).rejects.toMatchObject({ code: 'ENR-STN-010' });
});

test('a file that is missing although its note knows of writes is damage; one that never was is not', async () => {
  const folder = await storeFolder('closed');
  const file = await fileIn(folder);
  rmSync(file);
  expect(await checkStoreFile(file)).toBe('damaged');
  rmSync(`${file}${NOTE_SUFFIX}`);
  expect(await checkStoreFile(file)).toBe('ok');
  await (await openVisits(storageIn(folder), {})).close();
  expect(await checkStoreFile(file), 'a store without documents').toBe('ok');
});

test('something that is no database is damage', async () => {
  const file = join(freshFolder(), 'garbage.sqlite');
  writeFileSync(file, 'this is not a database, and long enough to be looked at'.repeat(200));
  expect(await checkStoreFile(file)).toBe('damaged');
});

test('a file that is open can not be checked', async () => {
  const folder = freshFolder();
  await openVisits(storageIn(folder), {});
  await expect(checkStoreFile(await fileIn(folder))).rejects.toThrow('locked');
});

test('a damaged document is told when it is read, with its code and to the owner, and others are still read', async () => {
  const folder = await storeFolder('closed');
  const file = await fileIn(folder);
  const bytes = readFileSync(file);
  const at = bytes.indexOf('Zoë 30 ');
  expect(at).toBeGreaterThan(0);
  bytes.write('K', at);
  writeFileSync(file, bytes);
  const fatal: Error[] = [];
  const instance = await openVisits(storageIn(folder, { onFatal: (error) => fatal.push(error) }), {});
  await expect(instance.findDocumentsById(['visit-30'], false)).rejects.toMatchObject({ code: 'ENR-STN-010' });
  await expect(all(instance)).rejects.toMatchObject({ code: 'ENR-STN-010' });
  expect(fatal).toMatchObject([{ code: 'ENR-STN-010' }]);
  expect(await instance.findDocumentsById(['visit-31'], false)).toHaveLength(1);
});

test('a file that was set aside is out of the way with all that belongs to it, and can be looked at again', async () => {
  const folder = await storeFolder('crashed');
  const file = await fileIn(folder);
  const names = readdirSync(folder).length;
  const aside = join(folder, 'damaged', '2026-01-01.sqlite');
  await setStoreFileAside(file, aside);
  expect(existsSync(file)).toBe(false);
  expect(readdirSync(join(folder, 'damaged'))).toHaveLength(names);
  expect(await checkStoreFile(aside)).toBe('ok');
  expect(await all(await openVisits(storageIn(folder), {}))).toEqual([]);
});

test('setting aside writes over nothing, and can be done again when it was cut off', async () => {
  const folder = await storeFolder('crashed');
  const file = await fileIn(folder);
  const aside = join(folder, 'aside', 'store.sqlite');
  mkdirSync(join(folder, 'aside'));
  writeFileSync(`${aside}-wal`, 'evidence');
  await expect(setStoreFileAside(file, aside)).rejects.toThrow('there already');
  expect(readFileSync(`${aside}-wal`, 'utf8')).toBe('evidence');
  rmSync(`${aside}-wal`);
  await setStoreFileAside(file, aside);
  expect(await checkStoreFile(aside)).toBe('ok');
});
