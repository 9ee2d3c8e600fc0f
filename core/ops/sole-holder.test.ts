import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { broken, faulty, silent } from '../pipeline/pipeline.fixture.ts';
import { openEmbeddedStore } from '../store/embedded/open-embedded-store.ts';
import type { Database, Store } from '../store/store.ts';
import { holdAlone } from './sole-holder.ts';

const TIMES = { leaseMs: 200, heartbeatMs: 20, name: 'worker', log: silent };

let folder: string;
let store: Store;
let leases: Database;
let atWork: string[] = [];
let together = 0;
let stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enroute-holder-'));
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

describe('work that one process does alone', () => {
  it('is done by the first; by another as soon as that one stops', async () => {
    const stopFirst = takePart('first');
    await expect.poll(() => atWork).toEqual(['first']);
    takePart('second');
    takePart('third');
    const before = (await leases.get<{ _id: string; beat: number }>('job:worker-holder'))?.beat ?? 0;
    await expect
      .poll(async () => (await leases.get<{ _id: string; beat: number }>('job:worker-holder'))?.beat)
      .toBeGreaterThan(before + 12);
    expect(atWork).toEqual(['first']);
    await stopFirst();
    await expect.poll(() => atWork).toEqual([expect.stringMatching(/second|third/)]);
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
    await expect.poll(() => atWork).toEqual(['first']);
    takePart('second');
    isCut = true;
    await expect.poll(() => atWork, { timeout: 3_000 }).toEqual(['second']);
    expect(together).toBe(1);
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
    await expect.poll(() => failures).toBe(3);
    takePart('second');
    const before = (await leases.get<{ _id: string; beat: number }>('job:worker-holder'))?.beat ?? 0;
    await expect
      .poll(async () => (await leases.get<{ _id: string; beat: number }>('job:worker-holder'))?.beat)
      .toBeGreaterThan(before + 12);
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
    await expect.poll(() => tries).toBe(3);
  });
});
