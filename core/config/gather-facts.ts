/** Gathers what a configuration is held against: the laws of the code, and what this machine allows. */
import { readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MAX_PACKET_BYTES } from '@enroute/shared/packet/format.ts';
import { POLL_HEARTBEAT_MS } from '@enroute/sync/channel/protocol.ts';
import { costOfKeyFile, FIELD_COST } from '@enroute/sync/disk/key-file.ts';
import { LIFETIME_S, TOLERANCE_S } from '@enroute/sync/link/station-token.ts';
import { KEEP_ALIVE_MS } from '../gateway/door/gateway-server.ts';
import { UNTOUCHED_MS } from '../gateway/uploads/unfinished-uploads.ts';
import { FlowError } from '../pipeline/flow/flow-error.ts';
import { lookAtFlows } from '../pipeline/look-at-flows.ts';
import { DUE_DAYS } from '../pipeline/stages/ask-correction.ts';
import type { CoreConfig } from './core-config.ts';
import type { Facts, Laws, Machine } from './invariants/invariant.ts';

/** Of a station in the field; it is set there. */
const STATION_HEARTBEAT_SECONDS = 60;
/** The embedded store keeps at most so many idle databases open, each with PouchDB's and the reader's files. */
const OPEN_DATABASES = 64;
const DESCRIPTORS_OF_DATABASE = 6;
const KEYS = 'core-keys.json';
const SECOND_MS = 1_000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** @param path of the configuration file, where there is one */
export async function gatherFacts(config: CoreConfig, path: string | undefined, now: Date): Promise<Facts> {
  const laws = { ...lawsOfCode(), flowProblems: await flowProblems(config.pipeline) };
  return { config, laws, machine: await machineFacts(config.folder, path, now) };
}

export function lawsOfCode(): Laws {
  return {
    largestPacketBytes: MAX_PACKET_BYTES,
    longestWaitDays: DUE_DAYS,
    unfinishedUploadDays: UNTOUCHED_MS / DAY_MS,
    stationTokenSeconds: LIFETIME_S,
    clockToleranceSeconds: TOLERANCE_S,
    pollHeartbeatSeconds: POLL_HEARTBEAT_MS / SECOND_MS,
    keepAliveSeconds: KEEP_ALIVE_MS / SECOND_MS,
    stationHeartbeatSeconds: STATION_HEARTBEAT_SECONDS,
    openDatabases: OPEN_DATABASES,
    descriptorsOfDatabase: DESCRIPTORS_OF_DATABASE,
    flowProblems: [],
    keyFileCost: FIELD_COST,
  };
}

/** As a worker would be told at its start, of the shipped flows and of what the country has added. */
export async function flowProblems({ stages, flows }: CoreConfig['pipeline']): Promise<string[]> {
  try {
    await lookAtFlows({ stages, flowFiles: flows });
    return [];
  } catch (error) {
    if (error instanceof FlowError) return [...error.problems];
    return [error instanceof Error ? error.message : String(error)];
  }
}

async function machineFacts(folder: string, path: string | undefined, now: Date): Promise<Machine> {
  const written = path === undefined ? undefined : await stat(path).catch(() => undefined);
  return {
    openFiles: await openFilesLimit(),
    diskBytes: await diskBytes(folder),
    now,
    writtenAt: written?.mtime,
    keyFileCost: await costOfKeyFile(join(folder, KEYS)),
  };
}

/** Linux tells it; Node has raised it to the hard limit already. */
async function openFilesLimit(): Promise<number | undefined> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return soft === undefined ? undefined : Number(soft);
}

/** Of the disk that the folder is on, or will be. */
async function diskBytes(folder: string): Promise<number | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined);
    if (found) return found.blocks * found.bsize;
    if (at === dirname(at)) return undefined;
  }
}
