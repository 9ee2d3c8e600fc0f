import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { fileMedium } from './file-medium.ts';
import { lateMedium } from './late-medium.ts';
import type { UploadMedium } from './upload-medium.ts';

const ID = `10001100770000120260301100000.${'a'.repeat(32)}`;
const NOTE = { size: 1_000_000, metadata: { rid: 'r' } };
const NOTHING = { note: undefined, endBytes: undefined };
const HALF = Buffer.alloc(300_000, 'a');
const REST = Buffer.alloc(300_000, 'b');

describe('an upload that has begun', () => {
  let folder: string;
  let medium: UploadMedium;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'enroute-late-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    medium = lateMedium(fileMedium(folder));
    await medium.begin(ID, NOTE, NOTHING);
  });
  const files = async (): Promise<string[]> => (await readdir(folder)).sort();

  test('is known, and nothing of it is on the disk', async () => {
    expect(await medium.find(ID)).toEqual({ note: NOTE, endBytes: 0 });
    expect(await files()).toEqual([]);
  });

  test('gives the vault bytes that were never on the disk, where they came whole', async () => {
    const growing = await medium.grow(ID, 0);
    await growing.append(HALF);
    expect(await growing.rest?.()).toEqual({ offset: 0, pieces: [HALF] });
    await growing.close();
    await medium.remove(ID);
    expect(await files()).toEqual([]);
    expect(await medium.find(ID)).toEqual(NOTHING);
  });

  test('lies on the disk with all its bytes from when they are to be durable', async () => {
    const growing = await medium.grow(ID, 0);
    await growing.append(HALF);
    expect(await growing.makeDurable()).toBe(HALF.byteLength);
    await growing.append(REST);
    expect(await growing.makeDurable()).toBe(2 * HALF.byteLength);
    expect(await growing.rest?.()).toBeUndefined();
    await growing.close();
    expect(await files()).toEqual([ID, `${ID}.json`]);
    expect(await readFile(join(folder, ID))).toEqual(Buffer.concat([HALF, REST]));
    expect((await fileMedium(folder).find(ID)).endBytes).toBe(2 * HALF.byteLength);
  });

  test('goes to the disk when there is more of it than may wait in memory', async () => {
    const growing = await medium.grow(ID, 0);
    await growing.append(HALF);
    expect(await files()).toEqual([]);
    await growing.append(REST);
    expect(growing.endBytes).toBe(HALF.byteLength + REST.byteLength);
    expect(await files()).toEqual([ID, `${ID}.json`]);
    await growing.close();
  });

  test('is never shorter than it was while it is put down: more than was announced must not get in', async () => {
    const growing = await medium.grow(ID, 0);
    await growing.append(HALF);
    await growing.append(HALF.subarray(0, 1_000));
    const ends = new Set<number>();
    let isDown = false;
    const moving = growing.advance().then(() => {
      isDown = true;
    });
    while (!isDown) {
      ends.add(growing.endBytes);
      await setImmediate();
    }
    await moving;
    expect([...ends]).toEqual([HALF.byteLength + 1_000]);
    expect(growing.endBytes).toBe(HALF.byteLength + 1_000);
    await growing.close();
  });

  test('keeps its order when it is put down while bytes come', async () => {
    const growing = await medium.grow(ID, 0);
    await growing.append(HALF);
    await Promise.all([growing.advance(), growing.append(REST)]);
    await growing.makeDurable();
    await growing.close();
    expect(await readFile(join(folder, ID))).toEqual(Buffer.concat([HALF, REST]));
  });
});
