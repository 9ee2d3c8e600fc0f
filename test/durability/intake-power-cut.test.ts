import { join } from 'node:path';
import { rngOf } from '@enroute/test/simulation/people/rng.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { freshFolder } from './folder.fixture.ts';
import { keptIn } from './intake-kept.ts';
import { beginRecord, liveDisk, syncedDisk, writeDisk } from './power-cut/disk.ts';
import { afterPowerCut, POWER_CUTS } from './power-cut/power-cut.ts';
import { buildSyncRecorder, recordedEnvironment } from './power-cut/sync-recorder.ts';
import { ROUNDS, ROUNDS_TIMEOUT_MS, SEED } from './rounds.ts';
import { linesUntilKilled } from './until-killed.ts';

const recorder = buildSyncRecorder();
const missing = 'missing' in recorder ? recorder.missing : undefined;
const library = 'library' in recorder ? recorder.library : '';
afterAll(() => {
  if ('remove' in recorder) recorder.remove();
});

const KEEPING = join(import.meta.dirname, 'intake-keeping-until-killed.ts');
/** Opening the databases for the first time syncs some forty times, a bulk write once, a publication on the disk thrice. */
const LATEST_CUT = 160;
const LATEST_KILL_MS = 300;

describe.skipIf(missing)(`a core's disk whose power is cut${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it.each(POWER_CUTS)(
    `has every document and every packet that was acknowledged, and opens (${ROUNDS} rounds, %s, seed ${SEED})`,
    async (cut) => {
      let root = join(freshFolder(), 'disk');
      writeDisk(liveDisk(freshFolder()), root);
      const said: string[] = [];
      for (let round = 1; round <= ROUNDS; round += 1) {
        const rng = rngOf(SEED, 'intake', cut, round);
        const record = freshFolder();
        beginRecord(root, record);
        // Every other cut strikes at a sync rather than at a time, so that the short moments are met as well.
        const cutAtSync = round % 2 === 1 ? rng.between(1, LATEST_CUT) : undefined;
        const env = recordedEnvironment(library, { root, record, cutAtSync });
        const killAfterMs = cutAtSync ? undefined : rng.below(LATEST_KILL_MS);
        said.push(...(await linesUntilKilled(KEEPING, [root], env, killAfterMs)));
        const after = join(freshFolder(), 'disk');
        writeDisk(afterPowerCut(cut, syncedDisk(root, record), liveDisk(root), rng), after);
        root = after;
        // A copy is looked at, so that the next round begins with what the cut has left, and may be cut as it mends it.
        const copy = join(freshFolder(), 'copy');
        writeDisk(liveDisk(root), copy);
        expect({ round, ...(await keptIn(copy, said)) }).toEqual({ round, lost: [], half: [] });
      }
      expect(said.some((line) => line.startsWith('wrote '))).toBe(true);
      expect(said.some((line) => line.startsWith('published '))).toBe(true);
    },
    ROUNDS_TIMEOUT_MS,
  );
});
