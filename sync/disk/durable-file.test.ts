import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveDurably, writeDurably } from './durable-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enroute-files-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a durable file', () => {
  it('is there whole, under its own name only', async () => {
    await writeDurably(join(folder, 'one/a'), Buffer.from('first'));
    await writeDurably(join(folder, 'one/a'), Buffer.from('second'));
    expect(await readFile(join(folder, 'one/a'), 'utf8')).toBe('second');
    expect(await readdir(join(folder, 'one'))).toEqual(['a']);
  });

  it('leaves nothing behind when it can not be written', async () => {
    await writeDurably(join(folder, 'two/a/b'), Buffer.from('x'));
    // The name is taken by a folder.
    await expect(writeDurably(join(folder, 'two/a'), Buffer.from('y'))).rejects.toThrow();
    expect(await readdir(join(folder, 'two'))).toEqual(['a']);
  });

  it('moves between folders, making the new one', async () => {
    await writeDurably(join(folder, 'three/a'), Buffer.from('x'));
    await moveDurably(join(folder, 'three/a'), join(folder, 'four/five/a'));
    expect(await readFile(join(folder, 'four/five/a'), 'utf8')).toBe('x');
    expect(await readdir(join(folder, 'three'))).toEqual([]);
  });
});
