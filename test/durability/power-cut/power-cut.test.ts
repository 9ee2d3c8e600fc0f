import { join } from 'node:path';
import { type Rng, rngOf } from '@enroute/test/simulation/people/rng.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { freshFolder } from '../folder.fixture.ts';
import { judge } from '../judge.ts';
import { clockAfter, enrolUntilCrash, ROUNDS, ROUNDS_TIMEOUT_MS, repeatedSequences, SEED } from '../rounds.ts';
import { makeStation, type SavedPacket } from '../station-under-test.ts';
import { beginRecord, liveDisk, syncedDisk, writeDisk } from './disk.ts';
import { afterPowerCut, POWER_CUTS, type PowerCut } from './power-cut.ts';
import { buildSyncRecorder, type Recording, recordedEnvironment } from './sync-recorder.ts';

const recorder = buildSyncRecorder();
const missing = 'missing' in recorder ? recorder.missing : undefined;
const library = 'library' in recorder ? recorder.library : '';
afterAll(() => {
  if ('remove' in recorder) recorder.remove();
});

/** Opening a station for the first time syncs some forty times, each packet some five: both are met. */
const LATEST_CUT = 60;

/** What a cut has left of the disk, in a folder of its own. */
function diskAfter(cut: PowerCut, { root, record }: Pick<Recording, 'root' | 'record'>, rng: Rng): string {
  const folder = join(freshFolder(), 'disk');
  writeDisk(afterPowerCut(cut, syncedDisk(root, record), liveDisk(root), rng), folder);
  return folder;
}

function copyOf(folder: string): string {
  const copy = join(freshFolder(), 'copy');
  writeDisk(liveDisk(folder), copy);
  return copy;
}

describe.skipIf(missing)(`a station whose power is cut${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it.each(POWER_CUTS)(
    `while it enrols holds whatever it said was saved, however often that happens (${ROUNDS} rounds, %s, seed ${SEED})`,
    async (cut) => {
      let root = join(freshFolder(), 'disk');
      const core = await makeStation(root);
      const saved: SavedPacket[] = [];
      for (let round = 1; round <= ROUNDS; round += 1) {
        const rng = rngOf(SEED, cut, round);
        const record = freshFolder();
        beginRecord(root, record);
        // Every other cut strikes at a sync rather than at a time, so that the short moments are met as well.
        const cutAtSync = round % 2 === 1 ? rng.between(1, LATEST_CUT) : undefined;
        const env = recordedEnvironment(library, { root, record, cutAtSync });
        saved.push(...(await enrolUntilCrash(root, { round, env, by: cutAtSync ? 'sync' : 'time' })));
        root = diskAfter(cut, { root, record }, rng);
        // A copy is looked at, so that the next round begins with what the cut has left, and may be cut as it mends it.
        const { lost, half } = await judge(copyOf(root), saved, core, clockAfter(round));
        expect({ round, lost, half }).toEqual({ round, lost: [], half: [] });
      }
      expect(repeatedSequences(saved)).toEqual([]);
      expect(saved.length).toBeGreaterThan(0);
    },
    ROUNDS_TIMEOUT_MS,
  );

  it(
    `at any sync of its first opening and its first packets can be opened, and holds what it said was saved (seed ${SEED})`,
    async () => {
      const made = join(freshFolder(), 'made');
      const core = await makeStation(made);
      const step = Math.max(1, Math.floor(LATEST_CUT / ROUNDS));
      const rng = rngOf(SEED, 'first opening');
      for (let cutAtSync = rng.between(1, step); cutAtSync <= LATEST_CUT; cutAtSync += step) {
        const [root, record] = [copyOf(made), freshFolder()];
        beginRecord(root, record);
        const env = recordedEnvironment(library, { root, record, cutAtSync });
        const saved = await enrolUntilCrash(root, { round: 0, env, by: 'sync' });
        for (const cut of POWER_CUTS) {
          const { lost, half } = await judge(diskAfter(cut, { root, record }, rng), saved, core, clockAfter(0));
          expect({ cutAtSync, cut, lost, half }).toEqual({ cutAtSync, cut, lost: [], half: [] });
        }
      }
    },
    ROUNDS_TIMEOUT_MS,
  );
});
