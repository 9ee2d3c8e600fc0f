/**
 * Stations that wait: what one costs the gateway's process, and how long after the core has written something a station
 * has it. The stations are as little as a gateway can tell from a station, in processes of their own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Measurement, Target } from '../measurement.ts';
import { type AskedProcess, startAsked } from './asked-process.ts';
import { type Memory, memorySchema, openedSchema, stationNumbers, timesSchema } from './idle-words.ts';

export interface IdleOptions {
  readonly stations: number;
  /** How often each is shown that the gateway is there. */
  readonly heartbeatMs: number;
  /** Stations that something is written for, one after the other. */
  readonly singleWakes: number;
  /** Stations that something is written for at once. With the embedded store each has a file of its own. */
  readonly wokenTogether: number;
  say(text: string): void;
}

const ENROUTE = 'enroute';
const BARE = 'bare node';
/** The gateway takes a thousand connections of one address. */
const STATIONS_OF_ADDRESS = 900;
const MOST_KIB = 40;
const MOST_WAKE_MS = 5_000;
const KIB = 1024;

interface Idle {
  readonly subject: string;
  readonly memory: Memory;
  readonly alone: readonly number[];
  readonly together: readonly number[];
}

export async function idleStations(options: IdleOptions): Promise<Measurement[]> {
  const store = process.env.COUCHDB_URL ? 'CouchDB' : 'embedded store';
  const folder = mkdtempSync(join(tmpdir(), 'enroute-idle-'));
  try {
    const bare = await measure(BARE, 'bare-gateway-process.ts', [], options);
    const own = await measure(ENROUTE, 'idle-gateway-process.ts', [folder, String(options.stations)], options);
    return [bare, own].flatMap((one) => numbersOf(`${options.stations} idle stations, ${store}`, one, bare));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(
  subject: string,
  program: string,
  args: readonly string[],
  { stations, heartbeatMs, singleWakes, wokenTogether, say }: IdleOptions,
): Promise<Idle> {
  const gateway = startAsked(join(import.meta.dirname, program), args);
  const numbers = stationNumbers(stations);
  const crowds: Crowd[] = [];
  try {
    say(`${subject}: makes ${stations} stations known`);
    const { url, key } = await gateway.ask('open', undefined, openedSchema);
    const [alone, together] = [spread(numbers, singleWakes), spread(numbers, wokenTogether)];
    await gateway.ask('prepare', { stations: [...alone, ...together], name: '' }, z.unknown());
    const before = await gateway.ask('memory', undefined, memorySchema);
    say(`${subject}: they begin to wait`);
    for (let at = 0; at < stations; at += STATIONS_OF_ADDRESS) {
      const process = startAsked(join(import.meta.dirname, 'idle-stations-process.ts'), [
        `127.0.0.${crowds.length + 2}`,
      ]);
      crowds.push({ process, stations: numbers.slice(at, at + STATIONS_OF_ADDRESS) });
    }
    await Promise.all(
      crowds.map((crowd) =>
        crowd.process.ask('connect', { url, key, stations: crowd.stations, heartbeatMs }, z.unknown()),
      ),
    );
    const after = await gateway.ask('memory', undefined, memorySchema);
    const memory = { rss: (after.rss - before.rss) / stations, heap: (after.heap - before.heap) / stations };
    say(`${subject}: something is written for one after the other`);
    const aloneMs: number[] = [];
    for (const station of alone) aloneMs.push(...(await wake(gateway, crowds, [station], 'alone')));
    say(`${subject}: something is written for ${together.length} at once`);
    const togetherMs = await wake(gateway, crowds, together, 'together');
    return { subject, memory, alone: aloneMs, together: togetherMs };
  } finally {
    await Promise.all([gateway, ...crowds.map(({ process }) => process)].map((process) => process.stop()));
  }
}

/** So many of the stations, from everywhere among them. */
function spread(numbers: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_none, nth) => numbers[Math.floor((nth * numbers.length) / count)] ?? '');
}

/** Stations that live in one process. */
interface Crowd {
  readonly process: AskedProcess;
  readonly stations: readonly string[];
}

/** Milliseconds from the answered write to the station that has its document, of each. */
async function wake(
  gateway: AskedProcess,
  crowds: readonly Crowd[],
  stations: readonly string[],
  name: string,
): Promise<number[]> {
  const woken = new Set(stations);
  const concerned = crowds
    .map((crowd) => ({ ...crowd, woken: crowd.stations.filter((station) => woken.has(station)) }))
    .filter((crowd) => crowd.woken.length > 0);
  for (const crowd of concerned) await crowd.process.ask('expect', { stations: crowd.woken, name }, z.unknown());
  const written = await gateway.ask('wake', { stations, name }, timesSchema);
  const had = await Promise.all(concerned.map((crowd) => crowd.process.ask('had', undefined, timesSchema)));
  return had.flatMap((times) => Object.entries(times).map(([station, at]) => at - (written[station] ?? at)));
}

function numbersOf(circumstances: string, one: Idle, bare: Idle): Measurement[] {
  const number = (metric: string, unit: string, read: (idle: Idle) => number, most?: number): Measurement => {
    const value = read(one);
    const judged = one === bare ? {} : { against: bare.subject, ratio: value / read(bare) };
    const target: Target | undefined =
      most === undefined || one === bare ? undefined : { text: `≤ ${most} ${unit}`, met: value <= most };
    return { case: circumstances, subject: one.subject, metric, value, unit, ...judged, ...(target ? { target } : {}) };
  };
  return [
    number('memory of a station', 'KiB', ({ memory }) => memory.rss / KIB, MOST_KIB),
    number('of that in the heap', 'KiB', ({ memory }) => memory.heap / KIB),
    ...(['alone', 'together'] as const).flatMap((kind) => [
      number(`wake-up, ${kind}, p50`, 'ms', (idle) => quantile(idle[kind], 0.5)),
      number(`wake-up, ${kind}, p99`, 'ms', (idle) => quantile(idle[kind], 0.99)),
      number(`wake-up, ${kind}, longest`, 'ms', (idle) => quantile(idle[kind], 1), MOST_WAKE_MS),
    ]),
  ];
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
