import { randomBytes } from 'node:crypto';
import { rngOf } from '@enroute/test/simulation/people/rng.ts';
import { expect, test } from 'vitest';
import { freshFolder } from './folder.fixture.ts';
import { ROUNDS, ROUNDS_TIMEOUT_MS, SEED } from './rounds.ts';
import { announcedPacket, missingOf, uploadUntilKilled } from './upload-rounds.ts';

const PACKET_BYTES = 3 * 1024 * 1024;
/** About as long as the packet takes. */
const LATEST_KILL_MS = 600;

test(
  `a core that is killed in the middle of an upload has every byte that it acknowledged (${ROUNDS} rounds, seed ${SEED})`,
  async () => {
    const folder = freshFolder();
    let packet = announcedPacket(1, randomBytes(PACKET_BYTES));
    let hasBytes = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const killAfterMs = rngOf(SEED, 'upload kill', round).between(20, LATEST_KILL_MS);
      const acknowledged = await uploadUntilKilled({ folder, packet, env: process.env, killAfterMs });
      expect({ round, missing: missingOf(folder, packet, acknowledged) }).toEqual({ round, missing: undefined });
      // A kill takes nothing back: where it goes on from is where it had got to.
      const { bytes, askedBytes, received } = acknowledged;
      if (askedBytes !== undefined) expect(askedBytes).toBeGreaterThanOrEqual(hasBytes);
      hasBytes = received ? 0 : Math.max(hasBytes, bytes, askedBytes ?? 0);
      if (received) packet = announcedPacket(round + 1, randomBytes(PACKET_BYTES));
    }
    const end = await uploadUntilKilled({ folder, packet, env: process.env, killAfterMs: undefined });
    expect(end.received).toBe(true);
    expect(missingOf(folder, packet, end)).toBeUndefined();
  },
  ROUNDS_TIMEOUT_MS,
);
