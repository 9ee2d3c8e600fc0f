import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LANES } from '@enroute/shared/registration/registration.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenedStore, onEveryStore, openStoreFor } from '../../store/every-store.fixture.ts';
import type { Database, Doc } from '../../store/store.ts';
import { must, silent } from '../pipeline.fixture.ts';
import { type HoldLanesOptions, holdLanes } from './hold-lanes.ts';
import type { LaneChange, Lanes } from './lanes.ts';
import { parseStageSet } from './stage-set.ts';

const TIMES = { leaseMs: 900, heartbeatMs: 100, log: silent };
const WITHIN = { timeout: 10_000, interval: 10 };
/** Requests, timers and pipes of a machine that has much else to do. */
const SLOW_MACHINE_MS = 600;
const KNOWN = new Set(['packet', 'quality', 'uin']);
const stages = (text: string) => parseStageSet(text, KNOWN);
const couchdbUrl = process.env.COUCHDB_URL;

let opened: OpenedStore;
let leases: Database;
const all: Lanes[] = [];
const children: ChildProcess[] = [];

async function hold(change: Partial<HoldLanesOptions> = {}): Promise<Lanes> {
  const lanes = await holdLanes({ leases, alone: false, ...TIMES, ...change });
  all.push(lanes);
  return lanes;
}

const numbers = (lanes: Lanes): number[] => [...lanes.held().keys()].sort((one, other) => one - other);

async function shares(...of: Lanes[]): Promise<void> {
  const even = of.map((_, index) => Math.floor((LANES + index) / of.length));
  await expect
    .poll(() => of.map((lanes) => lanes.held().size).sort((one, other) => one - other), WITHIN)
    .toEqual(even.sort((one, other) => one - other));
}

onEveryStore('lanes that workers share', (open) => {
  beforeEach(async () => {
    opened = await open();
    leases = await opened.store.database('leases', { decides: true });
  });
  afterEach(async () => {
    await Promise.all(all.splice(0).map((lanes) => lanes.stop()));
    await opened.dispose();
  });

  it('are all with the only one, evenly with several, and back with those that stay', async () => {
    const first = await hold();
    expect(first.held().size).toBe(LANES);
    const [second, third] = [await hold(), await hold()];
    await shares(first, second, third);
    const everybodys = [first, second, third].flatMap(numbers);
    expect(new Set(everybodys).size).toBe(LANES);
    await second.stop();
    expect(second.held().size).toBe(0);
    await shares(first, third);
  });

  it('go to those who want them, and no further', async () => {
    const low = await hold({ wanted: [0, 1, 2, 3] });
    const every = await hold();
    await expect.poll(() => numbers(every), WITHIN).toEqual(Array.from({ length: 60 }, (_, index) => index + 4));
    expect(numbers(low)).toEqual([0, 1, 2, 3]);
  });

  it('are handed on with the place from which to read, and a higher fence', async () => {
    const first = await hold({ wanted: [7] });
    first.progress('as far as this');
    await first.stop();
    const second = await hold({ wanted: [7] });
    expect(second.held().get(7)).toEqual({ lane: 7, fence: 2, since: 'as far as this' });
    expect(second.isSure(7)).toBe(true);
    expect(first.isSure(7)).toBe(false);
  });

  it('are told as lost before others can have them, and with the place as it was then', async () => {
    const first = await hold({ wanted: [1, 2] });
    first.progress('before');
    const atLoss: boolean[] = [];
    first.onChange(({ lost }) => {
      atLoss.push(...lost.map((lane) => first.isSure(lane)));
      // Who drops what is open in a lane believes to be further than it is.
      if (lost.length > 0) first.progress('after');
    });
    const second = await hold({ wanted: [1, 2] });
    const gained: LaneChange['gained'][number][] = [];
    second.onChange((change) => gained.push(...change.gained));
    await expect.poll(() => gained.length, WITHIN).toBe(1);
    // What is at hand is still saved; nobody else can have the lane yet.
    expect(atLoss).toEqual([true]);
    expect(gained.map(({ lane }) => first.isSure(lane))).toEqual([false]);
    expect(gained[0]).toMatchObject({ fence: 2, since: 'before' });
  });

  it('belong to workers of the same stages; those of others have their own', async () => {
    const [some, rest] = [await hold({ stages: stages('packet,uin') }), await hold({ stages: stages('!uin,packet') })];
    expect([some.held().size, rest.held().size]).toEqual([LANES, LANES]);
    await expect(hold({ stages: stages('packet') })).rejects.toMatchObject({ code: 'ENR-LAN-001' });
    await expect(hold()).rejects.toMatchObject({ code: 'ENR-LAN-001' });
    await expect(hold({ stages: stages('!quality') })).rejects.toThrow('and not !quality');
  });

  it('are not refused for a worker that was killed, whatever its stages were', async () => {
    await leases.write([{ _id: 'worker:dead', stages: '*', lanes: [1], beat: 1 } as Doc]);
    const startMs = performance.now();
    const lanes = await hold({ stages: stages('packet') });
    expect(lanes.held().size).toBe(LANES);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(TIMES.leaseMs);
  });

  it('leave no trace of workers that are long gone', async () => {
    await leases.write([{ _id: 'worker:dead', stages: '*', lanes: [], beat: 1 } as Doc]);
    await hold({ leaseMs: 100, heartbeatMs: 20 });
    await expect.poll(() => leases.get('worker:dead'), WITHIN).toBeUndefined();
  });
});

onEveryStore('lanes of one process alone', (open) => {
  beforeEach(async () => {
    opened = await open();
    leases = await opened.store.database('leases', { decides: true });
  });
  afterEach(() => opened.dispose());

  it('are its own at once, also after one that was killed, and from where that one was', async () => {
    const killed = await holdLanes({ leases, alone: true, ...TIMES });
    killed.progress('as far as this');
    const stored = async () => (await leases.get<Doc & { since?: string }>('lane:*:63'))?.since;
    await expect.poll(stored, WITHIN).toBe('as far as this');
    const next = await holdLanes({ leases, alone: true, ...TIMES });
    expect(next.held().size).toBe(LANES);
    expect(next.held().get(63)).toEqual({ lane: 63, fence: 2, since: 'as far as this' });
    expect(next.isSure(63)).toBe(true);
    next.progress('further');
    await next.stop();
    expect(next.isSure(63)).toBe(false);
    expect(await stored()).toBe('further');
    await killed.stop();
  });
});

const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';

describe.skipIf(!couchdbUrl)(`workers that are processes of their own, on CouchDB${reason}`, () => {
  beforeEach(async () => {
    opened = await openStoreFor(couchdbUrl);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await opened.dispose();
  });

  interface Process {
    readonly child: ChildProcess;
    held: number[];
    lost: number[];
  }

  async function start(): Promise<Process> {
    const given = JSON.stringify({ how: opened.how, leaseMs: TIMES.leaseMs, heartbeatMs: TIMES.heartbeatMs });
    const program = join(import.meta.dirname, 'hold-lanes-until-killed.ts');
    const child = spawn(process.execPath, [program, given], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const started: Process = { child, held: [], lost: [] };
    const lines = createInterface(must(child.stdout ?? undefined));
    lines.on('line', (line) => {
      const { held, lost } = JSON.parse(line);
      Object.assign(started, { held, lost: [...started.lost, ...lost] });
    });
    await once(lines, 'line');
    return started;
  }

  const count = (...of: Process[]): number => new Set(of.flatMap(({ held }) => held)).size;

  it('take over from one that is killed within a lease and two heartbeats', async () => {
    const [first, second, third] = [await start(), await start(), await start()];
    await expect.poll(() => [first, second, third].map(({ held }) => held.length).sort(), WITHIN).toEqual([21, 21, 22]);
    const killedMs = performance.now();
    first.child.kill('SIGKILL');
    await expect.poll(() => count(second, third), WITHIN).toBe(LANES);
    const tookMs = performance.now() - killedMs;
    expect(tookMs).toBeLessThan(TIMES.leaseMs + 2 * TIMES.heartbeatMs + SLOW_MACHINE_MS);

    // One that was suspended knows when it wakes that it has lost what it had.
    const before = second.held;
    second.child.kill('SIGSTOP');
    await expect.poll(() => third.held.length, WITHIN).toBe(LANES);
    second.child.kill('SIGCONT');
    await expect.poll(() => before.every((lane) => second.lost.includes(lane)), WITHIN).toBe(true);
    await expect.poll(() => [second.held.length, third.held.length], WITHIN).toEqual([32, 32]);
  });
});
