/** What an upload in the store does when others change its documents at the same moment, or have left some behind. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uploadId } from '@enroute/sync/upload/upload-id.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ridOf } from '../../pipeline/pipeline.fixture.ts';
import { beforeCall } from '../../store/before-call.fixture.ts';
import { openStore } from '../../store/open-store.ts';
import { type Database, type Store, StoreError } from '../../store/store.ts';
import { gathered } from '../../vault/vault.conformance.ts';
import { documentMedium } from './document-medium.ts';
import { GrowingDocuments, STEP_BYTES } from './growing-documents.ts';
import { type PartDoc, partId } from './upload-parts.ts';

let folder: string;
let store: Store;
let database: Database;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enroute-growing-'));
  store = await openStore({
    folder,
    onFatal: (error) => {
      throw error;
    },
  });
  database = await store.database('incoming');
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const NOTHING = { note: undefined, endBytes: undefined };
const now = (): Date => new Date();
let uploads = 0;

/** An upload that was begun. */
async function begun() {
  uploads += 1;
  const id = uploadId(ridOf(uploads), randomBytes(32).toString('hex'));
  const medium = documentMedium(database, now);
  const begin = () => medium.begin(id, { size: 10_000_000, metadata: {} }, NOTHING);
  await begin();
  const growing = (offset: number, through = database) => new GrowingDocuments({ database: through, id, offset, now });
  const parts = () => database.range<PartDoc>({ start: `${id}:`, end: `${id};`, limit: 1_000 });
  const endBytes = async () => (await medium.find(id)).endBytes;
  return { id, medium, begin, growing, parts, endBytes };
}

/** And of which so many parts have come, of 100 bytes each. */
async function inParts(count: number) {
  const upload = await begun();
  const bytes = randomBytes(count * 100);
  for (let at = 0; at < bytes.byteLength; at += 100) {
    const part: PartDoc = { _id: partId(upload.id, at), bytes: 100, at: now().toISOString() };
    await database.writeWithBytes(part, bytes.subarray(at, at + 100));
  }
  return { ...upload, bytes };
}

describe('an upload in the store', () => {
  it('has no part that is longer than a step, however its bytes come', async () => {
    const { growing, parts, medium, id } = await begun();
    const upload = growing(0);
    const bytes = randomBytes(3 * STEP_BYTES + 5_000);
    await upload.append(bytes.subarray(0, 2 * STEP_BYTES + 1_000));
    for (let at = 2 * STEP_BYTES + 1_000; at < bytes.byteLength; at += 60_000) {
      await upload.append(bytes.subarray(at, at + 60_000));
    }
    expect(await upload.makeDurable()).toBe(bytes.byteLength);
    expect((await parts()).map((part) => part.bytes)).toEqual([STEP_BYTES, STEP_BYTES, STEP_BYTES, 5_000]);
    expect((await gathered(medium.read(id, 0, bytes.byteLength))).equals(bytes)).toBe(true);
  });

  it('is cut off anywhere, also just before the end of a long part', async () => {
    const { growing, endBytes } = await begun();
    const upload = growing(0);
    await upload.append(randomBytes(STEP_BYTES + 60_000));
    await upload.makeDurable();
    await upload.cutOff(STEP_BYTES + 10);
    expect(await endBytes()).toBe(STEP_BYTES + 10);
    await upload.cutOff(STEP_BYTES - 1);
    expect(await endBytes()).toBe(STEP_BYTES - 1);
  });

  it('is cut off whole, however many parts stand behind', async () => {
    const { id, growing, parts } = await begun();
    const ids = Array.from({ length: 1_100 }, (_, part) => partId(id, part * 10));
    const docs = ids.map((_id) => ({ _id, bytes: 10, at: now().toISOString() }));
    for (const half of [docs.slice(0, 600), docs.slice(600)]) await database.write(half);
    await growing(11_000).cutOff(100);
    expect((await parts()).map(({ _id }) => _id)).toEqual(ids.slice(0, 10));
  });

  it('is not cut off where another gateway has changed a part since: the station is told to ask', async () => {
    const { id, growing, bytes } = await inParts(3);
    const between = beforeCall(database, 'write', async () => {
      const part = await database.get<PartDoc>(partId(id, 200));
      await database.writeWithBytes({ ...part, _id: partId(id, 200) }, bytes.subarray(200));
    });
    await expect(growing(300, between).cutOff(150)).rejects.toMatchObject({ code: 'ENR-WEB-002', status: 409 });
  });

  it('is read although parts of it are moved again and again', async () => {
    const { id, bytes } = await inParts(12);
    let asked = 0;
    const moving = new Proxy(database, {
      get: (target, name: keyof Database) => {
        if (name === 'bytesOf') {
          return async (part: string) => (asked++ % 2 === 0 ? undefined : await target.bytesOf(part));
        }
        const value = target[name];
        return typeof value === 'function' ? (value as (...all: unknown[]) => unknown).bind(target) : value;
      },
    });
    const read = documentMedium(moving, now).read(id, 0, bytes.byteLength);
    expect((await gathered(read)).equals(bytes)).toBe(true);
  });
});

describe('a merge', () => {
  it('does not bring back what another gateway has cut off meanwhile', async () => {
    const { id, growing, bytes, endBytes } = await inParts(130);
    const merged = Promise.withResolvers<void>();
    const listed = Promise.withResolvers<void>();
    const waiting = beforeCall(database, 'write', () => {
      listed.resolve();
      return merged.promise;
    });
    const cut = growing(bytes.byteLength, waiting).cutOff(6_550);
    await listed.promise;
    const merging = beforeCall(database, 'write', async () => {
      merged.resolve();
      await cut;
    });
    await documentMedium(merging, now).grow(id, bytes.byteLength);
    expect(await endBytes()).toBe(6_550);
    const kept = await gathered(documentMedium(database, now).read(id, 0, 6_550));
    expect(kept.equals(bytes.subarray(0, 6_550))).toBe(true);
  });
});

describe('a removal', () => {
  it('that was interrupted leaves nothing that an upload which is begun anew would count as its own', async () => {
    const { id, medium, begin, endBytes } = await inParts(3);
    let writes = 0;
    const breaking = beforeCall(database, 'write', async () => {
      writes += 1;
      if (writes > 1) throw new StoreError('no connection', { transient: true });
    });
    await expect(documentMedium(breaking, now).remove(id)).rejects.toThrow('no connection');
    expect(await medium.find(id)).toEqual(NOTHING);
    await begin();
    expect(await endBytes()).toBe(0);
  });

  it('leaves an upload that another gateway has begun anew since it was looked at', async () => {
    const { id, begin, endBytes } = await inParts(3);
    let isAnew = false;
    const between = beforeCall(database, 'write', async () => {
      if (!isAnew) await begin();
      isAnew = true;
    });
    expect(await documentMedium(between, now).remove(id)).toBe(false);
    expect(await endBytes()).toBe(300);
  });

  it('of what nobody has touched leaves what somebody has', async () => {
    const { id, medium, endBytes } = await inParts(2);
    expect(await medium.remove(id, Date.now() - 60_000)).toBe(false);
    expect(await endBytes()).toBe(200);
    expect(await medium.remove(id, Date.now() + 60_000)).toBe(true);
    expect(await medium.remove(id)).toBe(false);
  });
});
