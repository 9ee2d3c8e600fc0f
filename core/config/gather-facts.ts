/** Gathers what a configuration is held against: the laws of the code, and what this machine allows. */
import { readFile, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { newSealingKeyPair, newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { MAX_PACKET_BYTES } from '@enroute/shared/packet/format.ts';
import { POLL_HEARTBEAT_MS } from '@enroute/sync/channel/protocol.ts';
import { LIFETIME_S, TOLERANCE_S } from '@enroute/sync/link/station-token.ts';
import { KEEP_ALIVE_MS } from '../gateway/door/gateway-server.ts';
import { UNTOUCHED_MS } from '../gateway/uploads/unfinished-uploads.ts';
import { loadShippedFlows } from '../pipeline/shipped-flows.ts';
import { DUE_DAYS } from '../pipeline/stages/ask-correction.ts';
import { noDatabases } from './closed-database.ts';
import type { CoreConfig } from './core-config.ts';
import type { Facts, Laws, Machine } from './invariants/invariant.ts';

/** Of a station in the field; it is set there. */
const STATION_HEARTBEAT_SECONDS = 60;
/** The embedded store keeps at most so many idle databases open, each with PouchDB's and the reader's files. */
const OPEN_DATABASES = 64;
const DESCRIPTORS_OF_DATABASE = 6;
const SECOND_MS = 1_000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** @param path of the configuration file, where there is one */
export async function gatherFacts(config: CoreConfig, path: string | undefined, now: Date): Promise<Facts> {
  return { config, laws: lawsOfCode(), machine: await machineFacts(config.folder, path, now) };
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
    flowProblems: flowProblems(),
  };
}

/** As a worker would be told at its start. */
function flowProblems(): string[] {
  const secret = new Uint8Array(32);
  const keys = {
    epoch: '',
    generation: 0,
    earlier: [],
    signing: newSigningKeyPair(),
    sealing: newSealingKeyPair(),
    storage: secret,
    dedupe: secret,
  };
  try {
    loadShippedFlows(noDatabases(), keys, () => Promise.reject(new Error('no station is asked for')));
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

async function machineFacts(folder: string, path: string | undefined, now: Date): Promise<Machine> {
  const written = path === undefined ? undefined : await stat(path).catch(() => undefined);
  return { openFiles: await openFilesLimit(), diskBytes: await diskBytes(folder), now, writtenAt: written?.mtime };
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
