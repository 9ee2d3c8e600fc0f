/**
 * Packets taken in: how many a second, and how many bytes, beside the least that keeping the same bytes can cost. The same
 * packets go from the same client to each subject in turn.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { couchFetch } from '@enroute/core/store/couchdb/test-server.ts';
import { z } from 'zod';
import { median, type Subject, timeInterleaved, WARM_UP } from '../interleaved.ts';
import { atLeast, type BenchOptions, type Measurement } from '../measurement.ts';
import { type AskedProcess, startAsked } from './asked-process.ts';
import { cardsSchema, gatewaySchema, openedSchema, packedSchema } from './intake-words.ts';

const KIB = 1024;
const MEGABYTE = 1e6;
const LEAST_OF_BASELINE = 0.6;
const ENROUTE = 'enroute';

interface Case {
  /** Of a packet's content. */
  readonly bytes: number;
  readonly packets: number;
  readonly connections: number;
}

/** A child's first enrolment with its photo, one with many scans, and one of words alone. */
const CASES: readonly Case[] = [
  { bytes: 210 * KIB, packets: 96, connections: 8 },
  { bytes: 210 * KIB, packets: 96, connections: 32 },
  { bytes: 1024 * KIB, packets: 32, connections: 8 },
  { bytes: 1024 * KIB, packets: 32, connections: 32 },
  { bytes: 16 * KIB, packets: 192, connections: 8 },
  { bytes: 16 * KIB, packets: 192, connections: 32 },
];
const QUICK_CASES: readonly Case[] = [
  { bytes: 210 * KIB, packets: 48, connections: 8 },
  { bytes: 16 * KIB, packets: 64, connections: 32 },
];
const REPETITIONS = 9;
const QUICK_REPETITIONS = 3;

/** What takes the same bytes as the gateway, and keeps them. */
interface Baseline extends AsyncDisposable {
  readonly name: string;
  /** The word by which the sending process is told to send to it. */
  readonly asked: 'put' | 'attach';
  readonly url: string;
  /** Where it is a process of ours. */
  readonly process?: AskedProcess;
}

export async function* measureUploads({ quick, say }: BenchOptions): AsyncGenerator<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), 'enroute-intake-'));
  try {
    say('takes packets in, on a disk');
    yield* await measureOver('disk', join(folder, 'core'), await bareServer(join(folder, 'bare')), quick);
    const couchdbUrl = process.env.COUCHDB_URL;
    if (!couchdbUrl) return say('leaves CouchDB out: COUCHDB_URL is not set');
    say('takes packets in, in CouchDB');
    yield* await measureOver('store', join(folder, 'core of couchdb'), await rawAttachments(couchdbUrl), quick);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureOver(
  vault: 'disk' | 'store',
  folder: string,
  baseline: Baseline,
  quick: boolean,
): Promise<Measurement[]> {
  await using _baseline = baseline;
  const gateway = startAsked(program('intake-gateway'), [folder, vault]);
  const stations = startAsked(program('sending'));
  try {
    await gateway.ask('register', await stations.ask('cards', undefined, cardsSchema), z.unknown());
    await stations.ask('gateway', await gateway.ask('open', undefined, gatewaySchema), z.unknown());
    const measured: Measurement[] = [];
    for (const one of quick ? QUICK_CASES : CASES) {
      measured.push(
        ...(await measureCase(one, { stations, gateway, baseline }, quick ? QUICK_REPETITIONS : REPETITIONS)),
      );
    }
    return measured;
  } finally {
    await Promise.all([gateway, stations].map((process) => process.stop()));
  }
}

interface Asked {
  readonly stations: AskedProcess;
  readonly gateway: AskedProcess;
  readonly baseline: Baseline;
}

async function measureCase(one: Case, asked: Asked, repetitions: number): Promise<Measurement[]> {
  const { stations, gateway, baseline } = asked;
  const { name, url } = baseline;
  let bytes = 0;
  const subject = (subjectName: string, question: string, about?: unknown): Subject => ({
    name: subjectName,
    once: async () => {
      await stations.ask(question, about, z.unknown());
      return bytes;
    },
  });
  const pack = async (): Promise<void> => {
    const { packets: count, bytes: content, connections } = one;
    ({ bytes } = await stations.ask('pack', { count, bytes: content, connections }, packedSchema));
  };
  const bareOnce = withProcessorTime(subject(name, baseline.asked, { url }), baseline.process);
  const ownOnce = withProcessorTime(subject(ENROUTE, 'upload'), gateway);
  const times = await timeInterleaved([bareOnce, ownOnce], repetitions, pack);
  const circumstances = `${one.bytes / KIB} KiB, ${one.connections} connections`;
  const [bare, own] = times.map(({ ms, bytes: moved }) => {
    const seconds = median(ms) / 1000;
    return { packets: one.packets / seconds, megabytes: median(moved) / MEGABYTE / seconds };
  });
  if (!bare || !own) return [];
  const ratio = own.packets / bare.packets;
  const judged = { case: circumstances, subject: ENROUTE, against: name, ratio };
  return [
    { case: circumstances, subject: name, metric: 'rate', value: bare.packets, unit: 'packets/s' },
    { case: circumstances, subject: name, metric: 'throughput', value: bare.megabytes, unit: 'MB/s' },
    { ...judged, metric: 'rate', value: own.packets, unit: 'packets/s', target: atLeast(ratio, LEAST_OF_BASELINE) },
    { ...judged, metric: 'throughput', value: own.megabytes, unit: 'MB/s' },
    ...processorTimes(circumstances, one.packets, bareOnce, ownOnce),
  ];
}

interface Clocked extends Subject {
  /** Of each repetition, those that warm up included; none where the process is not ours. */
  readonly cpuMs: readonly number[];
}

/** What a process computes bears a machine that is busy with other things; how long it takes does not. */
function withProcessorTime(subject: Subject, process: AskedProcess | undefined): Clocked {
  const cpuMs: number[] = [];
  const once = async (): Promise<number> => {
    const before = await process?.cpuMs();
    const bytes = await subject.once();
    if (process && before !== undefined) cpuMs.push((await process.cpuMs()) - before);
    return bytes;
  };
  return { name: subject.name, once, cpuMs };
}

function processorTimes(circumstances: string, packets: number, bare: Clocked, own: Clocked): Measurement[] {
  const ofPacket = ({ cpuMs }: Clocked): number => median(cpuMs.slice(WARM_UP)) / packets;
  const about = { case: circumstances, metric: 'processor time of a packet', unit: 'ms' };
  const measured = { ...about, subject: own.name, value: ofPacket(own) };
  if (bare.cpuMs.length === 0) return [measured];
  const value = ofPacket(bare);
  return [
    { ...about, subject: bare.name, value },
    { ...measured, against: bare.name, ratio: measured.value / value },
  ];
}

/** @param folder on the same disk as the core's. */
async function bareServer(folder: string): Promise<Baseline> {
  mkdirSync(folder);
  const server = startAsked(program('file-server'), [folder]);
  const { url } = await server.ask('open', undefined, openedSchema);
  const stop = { [Symbol.asyncDispose]: () => server.stop() };
  return { name: 'bare node, files', asked: 'put', url, process: server, ...stop };
}

async function rawAttachments(couchdbUrl: string): Promise<Baseline> {
  const database = `intake-raw-${randomBytes(4).toString('hex')}`;
  await couchFetch(couchdbUrl, database, { method: 'PUT' });
  const url = new URL(database, couchdbUrl).href;
  const remove = async (): Promise<void> => void (await couchFetch(couchdbUrl, database, { method: 'DELETE' }));
  return { name: 'CouchDB, attachments', asked: 'attach', url, [Symbol.asyncDispose]: remove };
}

function program(name: string): string {
  return join(import.meta.dirname, `${name}-process.ts`);
}
