import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKeyFile, writeKeyFile } from './key-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enroute-keys-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a key file', () => {
  it('opens with its passphrase, however that is composed, and with no other', async () => {
    const path = join(folder, 'a.json');
    await writeKeyFile(path, 'caf\u00e9', { secret: 'planted-secret' });
    expect(await readKeyFile(path, 'cafe\u0301')).toEqual({ secret: 'planted-secret' });
    await expect(readKeyFile(path, 'cafe')).rejects.toThrow(/ENR-STN-005/);
    expect(await readFile(path, 'utf8')).not.toContain('planted-secret');
  });

  it('is refused when it was changed', async () => {
    const path = join(folder, 'b.json');
    await writeKeyFile(path, 'x', { secret: 1 });
    const file = JSON.parse(await readFile(path, 'utf8'));
    const box = `${file.box.slice(0, 4)}${file.box[4] === 'A' ? 'B' : 'A'}${file.box.slice(5)}`;
    await writeFile(path, JSON.stringify({ ...file, box }));
    await expect(readKeyFile(path, 'x')).rejects.toThrow(/ENR-STN-005/);
  });

  it('can not make its reader spend gigabytes', async () => {
    const path = join(folder, 'c.json');
    await writeKeyFile(path, 'x', {});
    const file = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...file, kdf: { ...file.kdf, memoryKiB: 100_000_000 } }));
    await expect(readKeyFile(path, 'x')).rejects.toThrow(/memoryKiB/);
  });
});
