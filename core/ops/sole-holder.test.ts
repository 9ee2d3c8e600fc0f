import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { broken, faulty, silent } from '../pipeline/pipeline.fixture.ts';
import { openEmbeddedStore } from '../store/embedded/open-embedded-store.ts';
import type { Database, Store } from '../store/store.ts';
import { holdAlone } from './sole-holder.ts';

const TIMES = { leaseMs: 600, heartbeatMs: 30, name: 'worker', log: silent };

const WITHIN = { timeout: 10_000 };

let folder: string;
let store: Store;
let leases: Database;
let atWork: string[] = [];
let together = 0;
let stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(quickTmpdir(), 'enroute-holder-'));
  store = await openEmbeddedStore({ folder, onFatal: () => undefined });
  leases = await store.database('leases');
  atWork = [];
  together = 0;
  stops = [];
});
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  await store.close();
  await rm(folder, { recursive: true });
});

function takePart(name: string, database = leases): () => Promise<void> {
  const stop = holdAlone({ ...TIMES, leases: database }, async () => {
    atWork.push(name);
    together = Math.max(together, atWork.length);
    return async () => {
      atWork.splice(atWork.indexOf(name), 1);
    };
  });
  stops.push(stop);
  return stop;
}

/** Resolves when whoever is at work has given so many more signs of life: longer than a lease. */
async function beats(many: number): Promise<void> {
  const beat = async (): Promise<number> =>
    (await leases.get<{ _id: string; beat: number }>('job:worker-holder'))?.beat ?? 0;
  const before = await beat();
  await expect.poll(beat, WITHIN).toBeGreaterThan(before + many);
}

describe('work that one process does alone', () => {
  it('is done by the first; by another as soon as that one stops', async () => {
    const stopFirst = takePart('first');
    await expect.poll(() => atWork, WITHIN).toEqual(['first']);
    takePart('second');
    takePart('third');
    await beats(22);
    expect(atWork).toEqual(['first']);
    await stopFirst();
    await expect.poll(() => atWork, WITHIN).toEqual([expect.stringMatching(/second|third/)]);
    expect(together).toBe(1);
  });

  it('is taken over from one that gives no sign of life any more, and never done by two', async () => {
    let isCut = false;
    const cut = faulty(leases, {
      before: () => {
        if (isCut) throw broken();
      },
    });
    takePart('first', cut);
    await expect.poll(() => atWork, WITHIN).toEqual(['first']);
    takePart('second');
    isCut = true;
    await expect.poll(() => atWork, WITHIN).toEqual(['second']);
    expect(together).toBe(1);
  });

  it('is ended in time by one whose signs of life hang, and is never done by two', async () => {
    const hanging: (() => void)[] = [];
    let isHanging = false;
    const slow: Database = {
      ...faulty(leases, {}),
      write: async (documents) => {
        if (isHanging) await new Promise<void>((resolve) => hanging.push(resolve));
        return leases.write(documents);
      },
    };
    takePart('first', slow);
    await expect.poll(() => atWork, WITHIN).toEqual(['first']);
    isHanging = true;
    takePart('second');
    await expect.poll(() => atWork, WITHIN).toEqual(['second']);
    for (const goOn of hanging) goOn();
    isHanging = false;
    await beats(22);
    expect(atWork).toEqual(['second']);
    expect(together).toBe(1);
  });

  it('is not begun on the strength of an answer that took as long as a lease', async () => {
    const tooLate = TIMES.leaseMs + TIMES.heartbeatMs;
    let slowly = 1;
    const slow: Database = {
      ...faulty(leases, {}),
      write: async (documents) => {
        const results = await leases.write(documents);
        if (slowly-- > 0) await sleep(tooLate);
        return results;
      },
    };
    const begun: number[] = [];
    stops.push(
      holdAlone({ ...TIMES, leases: slow }, async () => {
        begun.push(slowly);
        return async () => undefined;
      }),
    );
    await expect.poll(() => begun.length, WITHIN).toBe(1);
    expect(begun[0]).toBeLessThan(0);
  });

  it('goes on where the store fails for less than a lease', async () => {
    let failures = 0;
    const shaky = faulty(leases, {
      after: (method) => {
        if (method !== 'write' || failures >= 3 || atWork.length === 0) return;
        failures += 1;
        throw broken();
      },
    });
    takePart('first', shaky);
    await expect.poll(() => failures, WITHIN).toBe(3);
    takePart('second');
    await beats(22);
    expect(atWork).toEqual(['first']);
  });

  it('that can not be begun is tried again, here or elsewhere', async () => {
    let tries = 0;
    stops.push(
      holdAlone({ ...TIMES, leases }, async () => {
        tries += 1;
        if (tries < 3) throw new Error('not yet');
        return async () => undefined;
      }),
    );
    await expect.poll(() => tries, WITHIN).toBe(3);
  });
});
