import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findIn, needlesOfBytes, needlesOfText } from './needles.ts';

const TEXT = 'Żófía Ñandú "the Planted" زُليخة';
const BYTES = randomBytes(32);
const needles = [...needlesOfText('the name', TEXT), ...needlesOfBytes('the key', BYTES)];

/** In the middle of a file of other bytes. */
async function foundInFile(content: Uint8Array | string, before = 1): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-control-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'control');
  await writeFile(path, Buffer.concat([randomBytes(5_000 + before), Buffer.from(content), randomBytes(5_000)]));
  return findIn(await readFile(path), needles);
}

describe('the search for secrets', () => {
  it.each<[string, string | Uint8Array]>([
    ['utf-8', TEXT],
    ['utf-8', TEXT.normalize('NFD')],
    ['utf-8', TEXT.toUpperCase()],
    ['utf-16le', Buffer.from(TEXT, 'utf16le')],
    ['utf-16be', Buffer.from(TEXT, 'utf16le').swap16()],
    ['hex', Buffer.from(TEXT).toString('hex')],
    ['base64', Buffer.from(TEXT).toString('base64')],
    ['base64url', Buffer.from(TEXT).toString('base64url')],
    ['percent', encodeURIComponent(TEXT)],
    [
      'json escapes',
      '\\u017b\\u00f3f\\u00eda \\u00d1and\\u00fa \\"the Planted\\" \\u0632\\u064f\\u0644\\u064a\\u062e\\u0629',
    ],
  ])('finds a text as %s', async (form, content) => {
    expect(await foundInFile(content)).toContain(`the name as ${form}`);
  });

  it.each<[string, string | Uint8Array]>([
    ['raw', BYTES],
    ['hex', BYTES.toString('hex')],
    ['hex', BYTES.toString('hex').toUpperCase()],
    ['base64', BYTES.toString('base64')],
    ['base64url', BYTES.toString('base64url')],
  ])('finds a key as %s', async (form, content) => {
    expect(await foundInFile(content)).toContain(`the key as ${form}`);
  });

  it.each(['base64', 'base64url'] as const)('finds it inside of something larger that is in %s', async (encoding) => {
    for (const before of [0, 1, 2, 3, 4, 5]) {
      const larger = Buffer.concat([randomBytes(before), BYTES, randomBytes(7)]);
      expect(await foundInFile(larger.toString(encoding))).toContain(`the key as ${encoding}`);
    }
  });

  it('finds nothing where nothing is', async () => {
    expect(await foundInFile(randomBytes(1_000_000))).toEqual([]);
  });
});
