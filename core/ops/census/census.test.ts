import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measureCensus } from '../../pipeline/observe/census-metrics.ts';
import { withDwell } from '../../pipeline/observe/dwell.ts';
import { keepStats, readStats } from '../../pipeline/observe/kept-stats.ts';
import { serveMetrics } from '../../pipeline/observe/metrics-server.ts';
import { type AllStats, withMove } from '../../pipeline/observe/stage-stats.ts';
import {
  NOW,
  openTestCore,
  put,
  registrationOf,
  ridOf,
  silent,
  type TestCore,
} from '../../pipeline/pipeline.fixture.ts';
import type { Doc } from '../../store/store.ts';
import { checkConservation } from '../conservation.ts';
import { type Census, emptyCensus } from './census.ts';
import { readCensus, readConservation } from './kept-census.ts';
import { readPipelineStatus } from './pipeline-status.ts';
import { creditsAt } from './pressure.ts';
import { openPressure } from './pressure-view.ts';
import { DEFAULT_STUCK, stuckRule } from './stuck.ts';
import { takeCensus } from './take-census.ts';
import { watchPipeline } from './watch-pipeline.ts';

const MINUTE_MS = 60_000;
const ago = (minutes: number): string => new Date(NOW.getTime() - minutes * MINUTE_MS).toISOString();
const NOBODY: AllStats = {};

let core: TestCore;
beforeEach(async () => {
  core = await openTestCore();
});
afterEach(() => core.dispose());

async function settle(): Promise<void> {
  const { registrations } = core.databases;
  const inFlow = (n: number, stage: string, minutes: number, more = {}) =>
    put(
      registrations,
      registrationOf(ridOf(n), {
        state: 'IN_FLOW',
        stage,
        stageSince: ago(minutes),
        receivedAt: ago(minutes + 1),
        ...more,
      }),
    );
  await inFlow(1, 'quality', 5);
  await inFlow(2, 'quality', 20);
  await inFlow(3, 'uin', 30, { attempts: 2, notBefore: ago(-2) });
  await put(registrations, registrationOf(ridOf(4), { state: 'RECEIVED', receivedAt: ago(2) }));
  await put(
    registrations,
    registrationOf(ridOf(5), {
      state: 'PARKED',
      stage: 'introducer',
      stageSince: ago(90),
      parked: { reason: 'introducer', until: ago(-90) },
    }),
  );
  await put(
    registrations,
    registrationOf(ridOf(6), {
      state: 'DEAD_LETTER',
      stage: 'uin',
      history: [{ at: ago(1), stage: 'uin', outcome: 'retry', code: 'ENR-UIN-001' }],
    }),
  );
  await put(registrations, registrationOf(ridOf(7), { state: 'COMPLETED' }));
  await put(registrations, registrationOf(ridOf(8), { state: 'ANNOUNCED' }));
}

describe('the census', () => {
  it('says where all are, since when, and what waits for what', async () => {
    await settle();
    const census = await takeCensus(core.databases.registrations, NOBODY, DEFAULT_STUCK, NOW);
    expect(census).toMatchObject({
      states: { IN_FLOW: 3, RECEIVED: 1, PARKED: 1, DEAD_LETTER: 1, COMPLETED: 1, ANNOUNCED: 1 },
      stages: { quality: { count: 2, oldest: ago(20) }, uin: { count: 1 }, received: { count: 1, oldest: ago(2) } },
      retrying: 1,
      parked: { introducer: { count: 1, oldest: ago(90) } },
      deadLetters: { 'uin ENR-UIN-001': 1 },
      backlog: { count: 4, oldest: ago(30) },
    });
  });

  it('counts a document that nobody can read as stuck, and goes on', async () => {
    await settle();
    const { registrations } = core.databases;
    await registrations.write([{ _id: ridOf(10), state: 'DEAD_LETTER' } as Doc]);
    const census = await takeCensus(registrations, NOBODY, DEFAULT_STUCK, NOW);
    expect(census).toMatchObject({ unreadable: 1, states: { IN_FLOW: 3 } });
    expect(census.stuck.rids).toContain(ridOf(10));
  });

  it('names what is stuck: what has not moved for many times what others take, and never what waits for its next try', async () => {
    await settle();
    const { registrations } = core.databases;
    const quick = await takeCensus(registrations, NOBODY, { times: 10, leastMs: 10 * MINUTE_MS }, NOW);
    expect(quick.stuck).toEqual({ count: 1, rids: [ridOf(2)] });
    const slow: AllStats = {
      quality: { arrivals: 1, outcomes: {}, retries: {}, rejections: {}, dwell: [...withDwell([], 5 * MINUTE_MS)] },
    };
    const used = await takeCensus(registrations, slow, { times: 10, leastMs: 10 * MINUTE_MS }, NOW);
    expect(used.stuck.count).toBe(0);
  });
});

describe('what counts as stuck', () => {
  const isStuck = (stats: AllStats) => stuckRule(stats, { times: 10, leastMs: 10 * MINUTE_MS }, NOW);

  it('is what waits for longer than its wait was to last: nothing has woken it', () => {
    const parked = (minutes: number) =>
      registrationOf(ridOf(1), { state: 'PARKED', stage: 'x', parked: { reason: 'answer', until: ago(minutes) } });
    expect(isStuck(NOBODY)(parked(11))).toBe(true);
    expect(isStuck(NOBODY)(parked(9))).toBe(false);
    expect(isStuck(NOBODY)(parked(-60))).toBe(false);
  });

  it('is not a backlog that is being worked through, however long', () => {
    const received = registrationOf(ridOf(1), { state: 'RECEIVED', receivedAt: ago(60) });
    const entered = { state: 'IN_FLOW', stage: 'receive' } as const;
    const move = { rid: ridOf(2), process: 'NEW', from: { state: 'RECEIVED' }, to: entered, by: 'enter' } as const;
    const others = withMove({}, { ...move, dwellMs: 50 * MINUTE_MS });
    expect(isStuck(NOBODY)(received)).toBe(true);
    expect(isStuck(others)(received)).toBe(false);
  });
});

describe('what stations may send', () => {
  const limits = { depth: 10_000, ageMs: 60 * MINUTE_MS };
  /** So many, each of which has waited so long. */
  const at = (count: number, minutes: number): Census => {
    const ages = Array<number>(withDwell([], minutes * MINUTE_MS).length)
      .fill(0)
      .with(-1, count);
    return { ...emptyCensus(NOW), ages, backlog: { count, oldest: ago(minutes) } };
  };

  it('is all they like up to half of a limit, less and less above it, and nothing beyond', () => {
    expect(creditsAt(at(4_999, 1), limits)).toBeUndefined();
    expect(creditsAt(at(2_000, 20), limits)).toBeUndefined();
    const falling = [5_000, 6_000, 7_000, 8_000, 9_000, 9_999].map((count) => creditsAt(at(count, 1), limits) ?? 0);
    expect(falling).toEqual([...falling].sort((a, b) => b - a));
    expect(falling.every((credits) => credits >= 1)).toBe(true);
    expect(creditsAt(at(10_000, 1), limits)).toBe(0);
    expect(creditsAt(at(2_000, 90), limits)).toBe(0);
  });

  it('is not cut down by some old ones that do not get on, among none or among many young ones', () => {
    expect(creditsAt(at(1, 1_000_000), limits)).toBeUndefined();
    const old = at(800, 1_000_000);
    const young = at(1_200, 1);
    const ages = old.ages.map((count, bucket) => count + (young.ages[bucket] ?? 0));
    expect(creditsAt({ ...old, ages, backlog: { count: 2_000, oldest: ago(1_000_000) } }, limits)).toBeUndefined();
  });

  it('comes from the census that is kept, and without one stations send as they like', async () => {
    const { checkpoints } = core.databases;
    const before = openPressure(checkpoints, limits, () => NOW, silent);
    expect(await before()).toBeUndefined();
    await settle();
    const stop = watchPipeline({ ...watched(), censusEveryMs: 60_000 });
    while (!(await readCensus(checkpoints))) await sleep(10);
    await stop();
    expect(await openPressure(checkpoints, { ...limits, depth: 4 }, () => NOW, silent)()).toBe(0);
    const later = (): Date => new Date(NOW.getTime() + 60 * MINUTE_MS);
    expect(await openPressure(checkpoints, { ...limits, depth: 4 }, later, silent)()).toBeUndefined();
  });
});

function watched() {
  const { registrations, checkpoints } = core.databases;
  const { store, databases, vault } = core;
  return {
    registrations,
    checkpoints,
    conservation: (signal: AbortSignal) => checkConservation({ store, databases, vault, now: NOW }, signal),
    now: () => NOW,
    log: silent,
  };
}

describe('whoever looks after the pipeline', () => {
  it('says aloud what is stuck, dead or missing, and keeps what it found for all to see', async () => {
    await settle();
    const said: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });
    const stop = watchPipeline({ ...watched(), stuck: { times: 10, leastMs: 10 * MINUTE_MS }, log });
    const { checkpoints } = core.databases;
    while (!(await readCensus(checkpoints)) || !(await readConservation(checkpoints))) await sleep(10);
    await stop();
    const all = said.join('\n');
    expect(all).toContain('ENR-PIP-002');
    expect(all).toContain(ridOf(2));
    expect(all).toContain('dead letters wait');
    // None of them was announced by a manifest, and no bytes are there.
    expect(all).toContain('ENR-PIP-001');
    expect(await readConservation(checkpoints)).toMatchObject({ holds: false });
  });

  it('tells Prometheus the same, at a port of its own', async () => {
    await settle();
    const { checkpoints } = core.databases;
    const stop = watchPipeline(watched());
    while (!(await readCensus(checkpoints))) await sleep(10);
    await stop();
    const registry = new Registry();
    measureCensus(registry, checkpoints, () => NOW);
    const server = await serveMetrics(registry, '127.0.0.1', 0);
    const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    const text = await answer.text();
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(404);
    await server.stop();
    for (const line of [
      'enroute_stage_depth{stage="quality"} 2',
      'enroute_stage_oldest_seconds{stage="quality"} 1200',
      'enroute_parked{reason="introducer"} 1',
      'enroute_dead_letters{stage_and_code="uin ENR-UIN-001"} 1',
      'enroute_backlog_oldest_seconds 1800',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).not.toContain(ridOf(2));
  });

  it('shows stage by stage what waits there beside what the workers have done', async () => {
    await settle();
    const { checkpoints } = core.databases;
    const kept = keepStats(checkpoints, 'worker-1', () => NOW, silent);
    const from = { state: 'IN_FLOW', stage: 'quality' } as const;
    kept.observer.moved([
      { rid: ridOf(9), process: 'NEW', from, to: { ...from, stage: 'uin' }, by: 'next', dwellMs: 40 },
    ]);
    await kept.stop();
    expect(await readStats(checkpoints)).toMatchObject({ quality: { outcomes: { next: 1 } }, uin: { arrivals: 1 } });
    const stop = watchPipeline(watched());
    while (!(await readCensus(checkpoints))) await sleep(10);
    await stop();
    const { stages } = await readPipelineStatus(checkpoints);
    const quality = stages.find(({ stage }) => stage === 'quality');
    expect(quality).toMatchObject({ depth: 2, oldest: ago(20), outcomes: { next: 1 } });
    expect(quality?.p95Ms).toBeGreaterThanOrEqual(40);
    expect(stages.find(({ stage }) => stage === 'uin')).toMatchObject({ depth: 1, arrivals: 1 });
  });
});
