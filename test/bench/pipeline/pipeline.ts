/**
 * The pipeline: how fast a backlog of NEW packets comes to its end, from the bytes in the vault to the receipts in the
 * channels, beside the least that it can cost and beside a worker that takes one document after the other. And whether a
 * registration costs the same in a long backlog as in a short one.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { couchFetch, deleteCouchDatabases } from '@enroute/core/store/couchdb/test-server.ts';
import type { Backlog } from '@enroute/test/simulation/backlog/backlog.ts';
import type { Place } from '@enroute/test/simulation/backlog/place.ts';
import { z } from 'zod';
import { resultOf } from '../child.ts';
import { median } from '../interleaved.ts';
import { atLeast, atMost, type Bench, type BenchOptions, type Measurement } from '../measurement.ts';
import { filledSchema, flooredSchema, type Worked, workedSchema } from './pipeline-words.ts';

export const pipelineBench: Bench = {
  name: 'pipeline',
  description: 'brings a backlog of packets to their end, beside the least that can cost, and one document at a time',
  run,
};

const ENROUTE = 'enroute';
const FLOOR = 'floor';
const ONE_BY_ONE = 'one by one';
const LEAST_RATE = 100;
const LEAST_OF_FLOOR = 0.5;
const MOST_TRIPS = 3;
const MOST_GROWTH = 1.15;
const OFTEN_UP_TO = 1_000;
/** Of a backlog: without its first two tenths and its last. */
const MIDDLE_SHARE = 0.7;
const SECOND = 1_000;

const requestsSchema = z.object({ value: z.int() });

type Say = BenchOptions['say'];

interface Sizes {
  readonly repetitions: number;
  /** Registrations of a repetition, with packets of their real size. */
  readonly real: number;
  readonly oneByOne: number;
  /** Of packets of next to nothing. */
  readonly backlogs: readonly number[];
}

const FULL: Sizes = { repetitions: 3, real: 600, oneByOne: 100, backlogs: [1_000, 10_000, 100_000] };
const QUICK: Sizes = { repetitions: 1, real: 200, oneByOne: 12, backlogs: [200, 600] };

async function* run({ quick, say }: BenchOptions): AsyncGenerator<Measurement> {
  const sizes = quick ? QUICK : FULL;
  const stores = [undefined, process.env.COUCHDB_URL];
  for (const couchdbUrl of stores.slice(0, stores[1] ? 2 : 1)) {
    for (const workers of couchdbUrl && !quick ? [1, 2] : [1]) {
      say(`${nameOf(couchdbUrl)}, ${workers} worker(s)`);
      yield* await inPlace(couchdbUrl, (place) => measureRate(place, workers, sizes));
    }
    if (!(quick && couchdbUrl)) yield* await measureBacklogs(couchdbUrl, sizes, say);
  }
  if (!stores[1]) say('leaves CouchDB out: COUCHDB_URL is not set');
}

async function measureRate(place: Place, workers: number, sizes: Sizes): Promise<Measurement[]> {
  const own: Rate[] = [];
  const floors: number[] = [];
  const singles: number[] = [];
  let from = 0;
  const next = async (count: number): Promise<Backlog> => {
    const backlog: Backlog = { from, count, size: 'real', at: new Date().toISOString() };
    from += count;
    await child('filling', place, backlog, filledSchema);
    return backlog;
  };
  for (let repetition = 0; repetition < sizes.repetitions; repetition += 1) {
    const backlog = await next(sizes.real);
    const rate = await workOn(place, backlog, workers);
    own.push(rate);
    const documents = Math.round(rate.writes * sizes.real);
    const floor = await child('floor', place, backlog, flooredSchema, String(documents));
    floors.push(perSecond(sizes.real, floor.openMs + floor.writeMs));
    if (workers > 1) continue;
    const single = await next(sizes.oneByOne);
    singles.push(perSecond(sizes.oneByOne, (await child('one-by-one', place, single, workedSchema)).ms));
  }
  return ratesOf(`NEW, ${nameOf(place.couchdbUrl)}, ${workers} worker(s)`, own, floors, singles, place.couchdbUrl);
}

/** Of one registration, but for the rate. */
interface Rate {
  readonly perSecond: number;
  readonly cpuMs: number;
  readonly writes: number;
  /** Requests to the store's server; undefined where there is none. */
  readonly trips: number | undefined;
}

async function workOn(place: Place, backlog: Backlog, workers: number): Promise<Rate> {
  const tripsBefore = await requestsTo(place.couchdbUrl);
  const worked = await Promise.all(
    Array.from({ length: workers }, () => child('working', place, backlog, workedSchema)),
  );
  const tripsAfter = await requestsTo(place.couchdbUrl);
  const { count } = backlog;
  const sum = (of: (one: Worked) => number): number => worked.reduce((total, one) => total + of(one), 0) / count;
  const looks = sum((one) => one.looks);
  return {
    perSecond: perSecond(count, Math.max(...worked.map(({ ms }) => ms))),
    cpuMs: sum(({ cpuMs }) => cpuMs),
    // Each of several workers saw the changes of all.
    writes: Math.max(...worked.map(({ writes }) => writes)) / count,
    trips:
      tripsBefore === undefined || tripsAfter === undefined ? undefined : (tripsAfter - tripsBefore) / count - looks,
  };
}

function ratesOf(
  circumstances: string,
  own: readonly Rate[],
  floors: readonly number[],
  singles: readonly number[],
  couchdbUrl: string | undefined,
): Measurement[] {
  const [rate, floor] = [median(own.map((one) => one.perSecond)), median(floors)];
  const about = { case: circumstances, metric: 'rate', unit: 'registrations/s' };
  const trips = own.flatMap((one) => one.trips ?? []);
  const measured: Measurement[] = [
    { ...about, subject: FLOOR, value: floor },
    {
      ...about,
      subject: ENROUTE,
      value: rate,
      against: FLOOR,
      ratio: rate / floor,
      target: atLeast(rate / floor, LEAST_OF_FLOOR),
    },
    {
      case: circumstances,
      subject: ENROUTE,
      metric: 'processor',
      value: median(own.map((one) => one.cpuMs)),
      unit: 'ms/registration',
    },
    {
      case: circumstances,
      subject: ENROUTE,
      metric: 'documents written',
      value: median(own.map((one) => one.writes)),
      unit: '/registration',
    },
  ];
  if (couchdbUrl) {
    const target = { text: `≥ ${LEAST_RATE}/s`, met: rate >= LEAST_RATE };
    measured.push({ ...about, metric: 'rate, beside the target', subject: ENROUTE, value: rate, target });
  }
  if (trips.length > 0) {
    const value = median(trips);
    const target = { text: `≤ ${MOST_TRIPS}`, met: value <= MOST_TRIPS };
    measured.push({
      case: circumstances,
      subject: ENROUTE,
      metric: 'requests to the store',
      value,
      unit: '/registration',
      target,
    });
  }
  if (singles.length > 0) {
    const single = median(singles);
    measured.push({ ...about, subject: ONE_BY_ONE, value: single, against: ENROUTE, ratio: single / rate });
  }
  return measured;
}

/** What a registration costs in backlogs of different lengths, each beside the shortest. */
async function measureBacklogs(couchdbUrl: string | undefined, sizes: Sizes, say: Say): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  let shortest: { readonly name: string; readonly cost: BacklogCost } | undefined;
  for (const count of sizes.backlogs) {
    say(`${nameOf(couchdbUrl)}, a backlog of ${count}`);
    const costs: BacklogCost[] = [];
    // What is over soon is measured more often.
    for (let nth = 0; nth < (count <= OFTEN_UP_TO ? sizes.repetitions : 1); nth += 1) {
      costs.push(await inPlace(couchdbUrl, (place) => backlogCost(place, count)));
    }
    const cost = { ms: median(costs.map(({ ms }) => ms)), cpuMs: median(costs.map(({ cpuMs }) => cpuMs)) };
    const name = `backlog of ${count}`;
    shortest ??= { name, cost };
    measured.push(...besideShortest(`small packets, ${nameOf(couchdbUrl)}`, name, cost, shortest));
  }
  return measured;
}

/** Of one registration. */
interface BacklogCost {
  readonly ms: number;
  /** Of the worker's process. */
  readonly cpuMs: number;
}

async function backlogCost(place: Place, count: number): Promise<BacklogCost> {
  const backlog: Backlog = { from: 0, count, size: 'small', at: new Date().toISOString() };
  await child('filling', place, backlog, filledSchema);
  const { tenths, cpuMs } = await child('working', place, backlog, workedSchema);
  // The first tenths bear the start, and the last the end of a window that is not full any more.
  const [begin, end] = [tenths[1], tenths[8]];
  if (begin === undefined || end === undefined) throw new Error('The backlog was not followed.');
  return { ms: (end - begin) / (count * MIDDLE_SHARE), cpuMs: cpuMs / count };
}

function besideShortest(
  circumstances: string,
  subject: string,
  { ms, cpuMs }: BacklogCost,
  shortest: { readonly name: string; readonly cost: BacklogCost },
): Measurement[] {
  const about = { case: circumstances, subject, unit: 'ms/registration' };
  if (subject === shortest.name) {
    return [
      { ...about, metric: 'time', value: ms },
      { ...about, metric: 'processor', value: cpuMs },
    ];
  }
  const against = shortest.name;
  const [ratio, cpuRatio] = [ms / shortest.cost.ms, cpuMs / shortest.cost.cpuMs];
  return [
    { ...about, metric: 'time', value: ms, against, ratio, target: atMost(ratio, MOST_GROWTH) },
    { ...about, metric: 'processor', value: cpuMs, against, ratio: cpuRatio, target: atMost(cpuRatio, MOST_GROWTH) },
  ];
}

async function inPlace<T>(couchdbUrl: string | undefined, measure: (place: Place) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'enroute-pipeline-'));
  const place: Place = {
    folder: join(folder, 'core'),
    prefix: `bench-${randomBytes(4).toString('hex')}-`,
    ...(couchdbUrl ? { couchdbUrl } : {}),
  };
  try {
    return await measure(place);
  } finally {
    if (couchdbUrl) await deleteCouchDatabases(couchdbUrl, place.prefix);
    rmSync(folder, { recursive: true, force: true });
  }
}

function child<T>(name: string, place: Place, backlog: Backlog, prints: z.ZodType<T>, ...more: string[]): Promise<T> {
  const program = join(import.meta.dirname, `${name}-process.ts`);
  return resultOf({ program, args: [JSON.stringify(place), JSON.stringify(backlog), ...more], prints });
}

/** How many requests the server has had. @returns undefined where there is no server */
async function requestsTo(couchdbUrl: string | undefined): Promise<number | undefined> {
  if (!couchdbUrl) return undefined;
  const answer = await couchFetch(couchdbUrl, '_node/_local/_stats/couchdb/httpd/requests');
  return requestsSchema.parse(await answer.json()).value;
}

function perSecond(count: number, ms: number): number {
  return (count * SECOND) / ms;
}

function nameOf(couchdbUrl: string | undefined): string {
  return couchdbUrl ? 'CouchDB' : 'embedded store';
}
