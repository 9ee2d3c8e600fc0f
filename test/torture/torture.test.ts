import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PauseRule } from '@enroute/core/pipeline/pauses/pause-rule.ts';
import { setPauseRule } from '@enroute/core/pipeline/pauses/pause-rules.ts';
import { deleteCouchDatabases } from '@enroute/core/store/couchdb/test-server.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { type Backlog, expectedOf, ridsOf } from '../simulation/backlog/backlog.ts';
import { registerStations } from '../simulation/backlog/fill-core.ts';
import { clock, openPlace, type Place } from '../simulation/backlog/place.ts';
import { person } from '../simulation/people/people.ts';
import { rngOf } from '../simulation/people/rng.ts';
import { keepArriving } from './arrivals.ts';
import type { Ledgers } from './ledgers.ts';
import { REGISTRATIONS, SECONDS, SEED, WORKERS } from './settings.ts';
import { type Course, inPeace, torment, type Victim } from './torture.ts';

const COUCHDB_URL = process.env.COUCHDB_URL;
const MS = 1_000;
/** Workers come back, and finish what is left, on a machine that has other things to do. */
const CALM_MS = 60 * MS + REGISTRATIONS * 50;
const TIMEOUT_MS = SECONDS * MS + CALM_MS + 60 * MS;
const TROUBLE_EVERY = 10;
/** By then each kind of trouble has surely happened. */
const LONG_SECONDS = 100;
const silent = pino({ level: 'silent' });

function newCourse(): Course {
  return { kills: 0, stops: 0, samples: 0, violations: [] };
}

function comers(): Backlog {
  return { from: 0, count: REGISTRATIONS, size: 'small', at: new Date().toISOString(), troubleEvery: TROUBLE_EVERY };
}

const HELD_CENTER = '10003';

/** A new core that knows its stations, with nobody at work in it. */
async function newPlace(couchdbUrl?: string): Promise<Place> {
  const folder = join(mkdtempSync(join(quickTmpdir(), 'enroute-torture-')), 'core');
  mkdirSync(folder);
  const place = { folder, prefix: `torture-${randomBytes(4).toString('hex')}-`, ...(couchdbUrl ? { couchdbUrl } : {}) };
  const core = await openPlace(place, silent);
  await registerStations(core);
  const now = clock();
  const until = new Date(now.getTime() + (SECONDS * MS) / 2).toISOString();
  // One center is held for half of the time, and goes on by itself.
  const rule: PauseRule = { name: 'held', match: { centers: [HELD_CENTER] }, until, after: 'resume' };
  await setPauseRule(rule, 'cli:torture', core.databases.rules, now);
  await core.close();
  return place;
}

/** Everybody has come to what was to become of them, and of two twins one. */
function expectEnds({ states, faults }: Ledgers, backlog: Backlog): void {
  expect(faults).toEqual([]);
  const rids = ridsOf(backlog);
  const wrong = rids.flatMap((rid, index) => {
    const expected = expectedOf(index, backlog);
    const state = states[rid];
    if (expected !== 'one of twins') return state === expected ? [] : [`${rid}: ${state}, not ${expected}`];
    const twin = index % TROUBLE_EVERY === TROUBLE_EVERY - 1 ? index - 1 : index + 1;
    const both = [state, states[rids[twin] ?? '']].sort();
    return twin >= rids.length || both.join() === 'COMPLETED,REJECTED' ? [] : [`${rid}: the twins are ${both}`];
  });
  expect(wrong).toEqual([]);
  expect(Object.keys(states)).toHaveLength(rids.length);
}

describe(`${WORKERS} workers that are killed for ${SECONDS} s bring ${REGISTRATIONS} registrations to their end, each once (seed ${SEED})`, () => {
  test('on the embedded store, all in one process', { timeout: TIMEOUT_MS }, async () => {
    const place = await newPlace();
    const backlog = comers();
    const arrivals = { backlog, overMs: SECONDS * MS * 0.8 };
    const victim: Victim = { place, workers: WORKERS, arrivals, mayBeStopped: false };
    const course = newCourse();
    await torment(victim, 'workers', performance.now() + SECONDS * MS, rngOf(SEED, 'embedded'), course);
    expectEnds(await inPeace(victim, REGISTRATIONS, CALM_MS, course), backlog);
    expect(course.violations).toEqual([]);
    expect(course.kills).toBeGreaterThan(SECONDS / 15);
    expect(course.samples).toBeGreaterThan(0);
    process.stdout.write(`${JSON.stringify(course)}\n`);
    rmSync(join(place.folder, '..'), { recursive: true });
  });

  test.skipIf(!COUCHDB_URL)(
    'on CouchDB, each in a process of its own (COUCHDB_URL)',
    { timeout: TIMEOUT_MS },
    async () => {
      const place = await newPlace(COUCHDB_URL);
      const backlog = comers();
      const course = newCourse();
      const end = performance.now() + SECONDS * MS;
      const core = await openPlace(place, silent);
      const { enrolment } = await person(1, 1, { now: new Date(backlog.at) });
      const victim: Victim = { place, workers: 1, mayBeStopped: true };
      const victims = Array.from({ length: WORKERS }, (_, nth) => `worker ${nth}`);
      await Promise.all([
        keepArriving(core, place.folder, { backlog, overMs: SECONDS * MS * 0.8 }, enrolment),
        ...victims.map((name) => torment(victim, name, end, rngOf(SEED, name), course)),
      ]);
      await core.close();
      expectEnds(await inPeace(victim, REGISTRATIONS, CALM_MS, course), backlog);
      expect(course.violations).toEqual([]);
      expect(course.kills).toBeGreaterThan((WORKERS * SECONDS) / 20);
      expect(course.samples).toBeGreaterThan(0);
      if (SECONDS >= LONG_SECONDS) expect(course.stops).toBeGreaterThan(0);
      process.stdout.write(`${JSON.stringify(course)}\n`);
      if (COUCHDB_URL) await deleteCouchDatabases(COUCHDB_URL, place.prefix);
      rmSync(join(place.folder, '..'), { recursive: true });
    },
  );
});
