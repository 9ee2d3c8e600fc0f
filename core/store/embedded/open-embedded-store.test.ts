import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, open as openFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Database, Store } from '../store.ts';
import { EmbeddedDatabase } from './embedded-database.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

let root: string;
const opened: Store[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enroute-embedded-'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await rm(root, { recursive: true });
});

async function open(name = 'data', onFatal: (error: Error) => void = vi.fn()): Promise<Store> {
  const store = await openEmbeddedStore({ folder: join(root, name), onFatal });
  opened.push(store);
  return store;
}

describe('the embedded store', () => {
  test('a writer that is killed loses no acknowledged write, and the feed goes on from a saved seq', async () => {
    const acknowledged = await writeUntilKilled(join(root, 'killed'), 200);
    expect(acknowledged.size).toBeGreaterThan(10);
    const store = await open('killed');
    const first = await follow(await store.database('notes'), undefined, 3);
    await store.close();
    const notes = await (await open('killed')).database('notes');
    const rest = await follow(notes, first.lastSeq, Number.POSITIVE_INFINITY);
    const fed = new Map([...first.revs, ...rest.revs]);
    expect(fed.size).toBe(first.revs.size + rest.revs.size);
    expect(Object.fromEntries(fed)).toMatchObject(Object.fromEntries(acknowledged));
  });

  test('a folder belongs to one store at a time', async () => {
    const store = await open();
    await expect(openEmbeddedStore({ folder: join(root, 'data'), onFatal: vi.fn() })).rejects.toMatchObject({
      code: 'ENR-OPS-004',
    });
    await store.close();
    await open();
  });

  test('what was written is there after closing and opening', async () => {
    const store = await open();
    await (await store.database('notes')).write([{ _id: 'a' }]);
    await store.close();
    const again = await open();
    expect(await again.list('')).toEqual(['notes']);
    expect(await (await again.database('notes')).get('a')).toMatchObject({ _id: 'a' });
  });

  test('one opening serves all who ask at once, and one file is made per database', async () => {
    const store = await open();
    const asked = await Promise.all(['a', 'b', 'a', 'b', 'a'].map((name) => store.database(name)));
    expect(new Set(asked).size).toBe(2);
    const files = await readdir(join(root, 'data'));
    expect(files.filter((file) => file.endsWith('.sqlite')).sort()).toEqual(['a.sqlite', 'b.sqlite']);
  });

  test('seq is the text of a whole number', async () => {
    const db = await (await open()).database('notes');
    await db.write([{ _id: 'a' }, { _id: 'b' }]);
    const { changes, lastSeq } = await db.changes({ since: undefined, limit: 10, waitMs: 0 });
    expect(changes.map(({ seq }) => seq)).toEqual(['1', '2']);
    expect(lastSeq).toBe('2');
  });

  test('long polls leave no listener behind, however they end', async () => {
    const db = await (await open()).database('notes');
    if (!(db instanceof EmbeddedDatabase)) throw new Error('unexpected class');
    const stop = new AbortController();
    const polls = [5, 20_000, 20_000].map((waitMs, i) =>
      db.changes({ since: undefined, limit: 1, waitMs, ...(i === 1 ? { signal: stop.signal } : {}) }),
    );
    const ended = Promise.allSettled(polls);
    await sleep(50);
    expect(db.waiting).toBe(2);
    stop.abort();
    await sleep(0);
    expect(db.waiting).toBe(1);
    await db.write([{ _id: 'a' }]);
    await ended;
    expect(db.waiting).toBe(0);
  });

  test('a feed that knows more than the file, which was restored from a copy, begins again', async () => {
    const store = await open();
    const db = await store.database('notes');
    await db.write([{ _id: 'a' }]);
    await store.close();
    await cp(join(root, 'data'), join(root, 'copy'), { recursive: true });
    const later = await (await open()).database('notes');
    await later.write([{ _id: 'b' }, { _id: 'c' }]);
    const { lastSeq } = await later.changes({ since: undefined, limit: 10, waitMs: 0 });
    const restored = await (await open('copy')).database('notes');
    const page = await restored.changes({ since: lastSeq, limit: 10, waitMs: 0 });
    expect(page.changes.map(({ id }) => id)).toEqual(['a']);
  });

  test('a file that is no database can not be opened, and the other databases still can', async () => {
    const store = await open();
    await writeFile(
      join(root, 'data', 'broken.sqlite'),
      'this is text, long enough to be taken for a page '.repeat(90),
    );
    await expect(store.database('broken')).rejects.toMatchObject({ name: 'StoreError', transient: false });
    await (await store.database('sound')).write([{ _id: 'a' }]);
  });

  test('a file that fails under way is reported once, and no call is left hanging', async () => {
    // PouchDB says on the console what SQLite told it.
    const said = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const onFatal = vi.fn();
    const store = await open('data', onFatal);
    const db = await store.database('notes');
    const docs = Array.from({ length: 1000 }, (_, i) => ({ _id: `d${i}`, text: 'x'.repeat(4000) }));
    await db.write(docs);
    const since = (await db.info()).updateSeq;
    await store.close();

    const again = await open('data', onFatal);
    const broken = await again.database('notes');
    await scribble(join(root, 'data', 'notes.sqlite'));
    const poll = broken.changes({ since, limit: 1, waitMs: 20_000 });
    const writes = docs.map(({ _id }) => broken.write([{ _id: `${_id}-new` }]));
    const reads = docs.map(({ _id }) => broken.get(_id));
    const outcomes = await Promise.allSettled([poll, ...writes, ...reads]);
    expect(outcomes[0]?.status).toBe('rejected');
    expect(onFatal).toHaveBeenCalledTimes(1);
    await expect(broken.write([{ _id: 'later' }])).rejects.toMatchObject({ name: 'StoreError', transient: false });
    await expect(again.database('other')).rejects.toMatchObject({ name: 'StoreError', transient: false });
    said.mockRestore();
  });
});

/** Overwrites the middle of a file, where the documents are; its first pages and their tables stay. */
async function scribble(file: string): Promise<void> {
  const handle = await openFile(file, 'r+');
  const { size } = await handle.stat();
  const from = Math.floor(size / 4 / 4096) * 4096;
  await handle.write(new Uint8Array(Math.floor(size / 2)).fill(0xff), 0, undefined, from);
  await handle.close();
}

/** Reads the feed to its end, or `pages` of it. */
async function follow(db: Database, since: string | undefined, pages: number) {
  const revs = new Map<string, string>();
  let lastSeq = since;
  for (let i = 0; i < pages; i += 1) {
    const page = await db.changes({ since: lastSeq, limit: 50, waitMs: 0 });
    if (page.changes.length === 0) break;
    for (const { id, doc } of page.changes) revs.set(id, doc._rev);
    lastSeq = page.lastSeq;
  }
  return { revs, lastSeq };
}

/** @returns what the child printed before it was killed. */
async function writeUntilKilled(folder: string, afterMs: number): Promise<Map<string, string>> {
  const script = join(import.meta.dirname, 'child-writer.ts');
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    printed += text;
  });
  await once(child.stdout, 'data');
  await sleep(afterMs);
  child.kill('SIGKILL');
  await once(child, 'close');
  // The last line may be half a line.
  const lines = printed.split('\n').slice(0, -1);
  return new Map(lines.map((line) => line.split(' ') as [string, string]));
}
