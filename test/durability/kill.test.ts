import { expect, test } from 'vitest';
import { freshFolder } from './folder.fixture.ts';
import { judge } from './judge.ts';
import { clockAfter, enrolUntilCrash, ROUNDS, ROUNDS_TIMEOUT_MS, repeatedSequences, SEED } from './rounds.ts';
import { makeStation, type SavedPacket } from './station-under-test.ts';

test(
  `a station that is killed while it enrols holds whatever it said was saved (${ROUNDS} rounds, seed ${SEED})`,
  async () => {
    const folder = freshFolder();
    const core = await makeStation(folder);
    const saved: SavedPacket[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      saved.push(...(await enrolUntilCrash(folder, { round, env: process.env, by: 'time' })));
      const { lost, half } = await judge(folder, saved, core, clockAfter(round));
      expect({ round, lost, half }).toEqual({ round, lost: [], half: [] });
    }
    expect(repeatedSequences(saved)).toEqual([]);
    expect(saved.length).toBeGreaterThanOrEqual(ROUNDS);
  },
  ROUNDS_TIMEOUT_MS,
);
