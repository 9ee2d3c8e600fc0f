import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { rngOf } from '@enroute/test/simulation/people/rng.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { freshFolder } from '../folder.fixture.ts';
import { ROUNDS, ROUNDS_TIMEOUT_MS, SEED } from '../rounds.ts';
import { announcedPacket, missingOf, uploadUntilKilled } from '../upload-rounds.ts';
import { beginRecord, liveDisk, syncedDisk, writeDisk } from './disk.ts';
import { afterPowerCut, POWER_CUTS } from './power-cut.ts';
import { buildSyncRecorder, recordedEnvironment } from './sync-recorder.ts';

const recorder = buildSyncRecorder();
const missing = 'missing' in recorder ? recorder.missing : undefined;
const library = 'library' in recorder ? recorder.library : '';
afterAll(() => {
  if ('remove' in recorder) recorder.remove();
});

const PACKET_BYTES = 1024 * 1024;
/** The first syncs make the upload's name durable, each further one its bytes. */
const LATEST_CUT = 40;
const LATEST_KILL_MS = 300;

describe.skipIf(missing)(`a core whose power is cut${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it.each(POWER_CUTS)(
    `in the middle of an upload has every byte that it acknowledged, and gets the packet (${ROUNDS} rounds, %s, seed ${SEED})`,
    async (cut) => {
      let root = join(freshFolder(), 'disk');
      writeDisk(liveDisk(freshFolder()), root);
      let packet = announcedPacket(1, randomBytes(PACKET_BYTES));
      for (let round = 1; round <= ROUNDS; round += 1) {
        const rng = rngOf(SEED, 'upload', cut, round);
        const record = freshFolder();
        beginRecord(root, record);
        const cutAtSync = round % 2 === 1 ? rng.between(1, LATEST_CUT) : undefined;
        const env = recordedEnvironment(library, { root, record, cutAtSync });
        const killAfterMs = cutAtSync ? undefined : rng.between(20, LATEST_KILL_MS);
        const acknowledged = await uploadUntilKilled({ folder: root, packet, env, killAfterMs });
        const after = join(freshFolder(), 'disk');
        writeDisk(afterPowerCut(cut, syncedDisk(root, record), liveDisk(root), rng), after);
        root = after;
        expect({ round, missing: missingOf(root, packet, acknowledged) }).toEqual({ round, missing: undefined });
        if (acknowledged.received) packet = announcedPacket(round + 1, randomBytes(PACKET_BYTES));
      }
      // What a cut has spoilt of the part that was growing is found out, and sent again.
      const quietly = { folder: root, packet, env: process.env, killAfterMs: undefined };
      const ends = [await uploadUntilKilled(quietly), await uploadUntilKilled(quietly)];
      expect(ends.some(({ received }) => received)).toBe(true);
    },
    ROUNDS_TIMEOUT_MS,
  );
});
