import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rngOf } from '@enroute/test/simulation/people/rng.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { freshFolder } from '../folder.fixture.ts';
import { linesUntilKilled } from '../until-killed.ts';
import { beginRecord, liveDisk, syncedDisk, writeDisk } from './disk.ts';
import { afterPowerCut, type PowerCut, tornBytes } from './power-cut.ts';
import { buildSyncRecorder, recordedEnvironment } from './sync-recorder.ts';

const recorder = buildSyncRecorder();
const missing = 'missing' in recorder ? recorder.missing : undefined;
afterAll(() => {
  if ('remove' in recorder) recorder.remove();
});

const CARELESS = join(import.meta.dirname, 'save-carelessly-until-killed.ts');
const WHOLE_BYTES = 10_000;

/** What the careless writer has promised, and of that what a cut has left whole. */
async function promisedAndLeft(synced: string, cut: PowerCut, seed: number) {
  if (!('library' in recorder)) throw new Error(missing);
  const [root, record, left] = [freshFolder(), freshFolder(), freshFolder()];
  beginRecord(root, record);
  const lines = await linesUntilKilled(
    CARELESS,
    [root, synced],
    recordedEnvironment(recorder.library, { root, record, cutAtSync: undefined }),
    20,
  );
  const promised = lines.map((line) => line.replace('saved ', ''));
  writeDisk(afterPowerCut(cut, syncedDisk(root, record), liveDisk(root), rngOf(seed)), left);
  const whole = promised.filter((name) => {
    if (!readdirSync(left).includes(name)) return false;
    const bytes = readFileSync(join(left, name));
    return bytes.byteLength === WHOLE_BYTES && bytes.every((byte) => byte === Number(name.slice(7)) % 256);
  });
  return { promised: promised.length, whole: whole.length };
}

describe.skipIf(missing !== undefined)(
  `a power cut as the tests make it${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    it.each(['nothing', 'file'])('takes what was promised from a writer that syncs %s', async (synced) => {
      const { promised, whole } = await promisedAndLeft(synced, 'strict', 1);
      expect(promised).toBeGreaterThan(0);
      expect(whole).toBe(0);
    });

    it('leaves something or other to a writer that syncs nothing, when it tears', async () => {
      const { promised, whole } = await promisedAndLeft('nothing', 'torn', 1);
      expect(promised).toBeGreaterThan(8);
      expect(whole).toBeLessThan(promised);
    });

    it.each(['strict', 'torn'] as const)('takes nothing from a writer that syncs file and folder (%s)', async (cut) => {
      const { promised, whole } = await promisedAndLeft('file-and-folder', cut, 1);
      expect(promised).toBeGreaterThan(0);
      expect(whole).toBe(promised);
    });
  },
);

describe('a torn file', () => {
  const before = Buffer.alloc(3 * 4096, 'b');
  const after = Buffer.alloc(5 * 4096 + 100, 'a');

  it('has every page either as it was synced or as it was written', () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 200; seed += 1) {
      const bytes = tornBytes(before, after, rngOf(seed));
      lengths.add(bytes.byteLength);
      for (let from = 0; from < bytes.byteLength; from += 4096) {
        const page = new Set(bytes.subarray(from, from + 4096));
        expect(page.size).toBe(1);
        const [byte] = page;
        expect([from < before.byteLength ? 0x62 : 0, 0x61]).toContain(byte);
      }
    }
    expect([...lengths].sort((a, b) => a - b)).toEqual([3, 4, 5].map((pages) => pages * 4096).concat(after.byteLength));
  });

  it('may be a mixture', () => {
    const seen = new Set(Array.from({ length: 50 }, (_, seed) => tornBytes(before, after, rngOf(seed)).toString()));
    expect(seen.size).toBeGreaterThan(10);
  });
});

describe('a disk as data', () => {
  it('is written as it was read', () => {
    const [from, to] = [freshFolder(), freshFolder()];
    writeFileSync(join(from, 'a'), 'bytes of a');
    writeDisk(liveDisk(from), to);
    expect(readFileSync(join(to, 'a'), 'utf8')).toBe('bytes of a');
  });
});
