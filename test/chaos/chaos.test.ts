import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runChaos } from './chaos.ts';
import { settleCountry } from './country.ts';
import { judgeCountry } from './judge.ts';
import { plans } from './plan.ts';
import { AGAIN, COMPRESSION, PACKETS, SECONDS, SEED, STATIONS } from './settings.ts';

/** Keys, starts and the calm, on a machine that has other things to do. */
const TIMEOUT_MS = 120_000 + STATIONS * 15_000 + PACKETS * 2_000 + (SECONDS * 1_000) / COMPRESSION;

test(
  `${STATIONS} stations bring ${PACKETS} packets to their end, each once, through ${SECONDS} s of chaos (seed ${SEED})`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'enroute-chaos-'));
    const all = plans();
    const country = await settleCountry(folder, all);
    const { violations, ...course } = await runChaos(country, all);
    const found = [...violations, ...(await judgeCountry(country, all))];
    expect(found, `what there was is in ${folder}; to have the same again: ${AGAIN}`).toEqual([]);
    rmSync(folder, { recursive: true });
    expect(course.acknowledged.packets).toBeGreaterThan(PACKETS / 2);
    expect(course.coreKills).toBeGreaterThan(0);
    expect(course.stationKills).toBeGreaterThan(0);
    expect(course.cuts).toBeGreaterThan(0);
    process.stdout.write(`${JSON.stringify(course)}\n`);
  },
  TIMEOUT_MS,
);
