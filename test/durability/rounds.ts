/** Crash after crash on one station: how many, when, and what the station had acknowledged before each. */
import { join } from 'node:path';
import { parseRid } from '@enroute/shared/rid/rid.ts';
import { rngOf } from '@enroute/test/simulation/people/rng.ts';
import type { SavedPacket } from './station-under-test.ts';
import { linesUntilKilled } from './until-killed.ts';

const ENROL = join(import.meta.dirname, 'enrol-until-killed.ts');
const SAVED = /^saved (\d{29}) ([0-9a-f]{64})$/;

/** So many rounds fit the time that all tests together may take; a release takes hundreds. */
const DEFAULT_ROUNDS = 4;
export const ROUNDS = Number(process.env.ENROUTE_ROUNDS ?? DEFAULT_ROUNDS);
/** Names the rounds' random numbers, so that a round that failed can be had again. */
export const SEED = process.env.ENROUTE_SEED ?? String(Date.now());
/** A round takes a second or two, and ten times as long on a machine that has other things to do. */
export const ROUNDS_TIMEOUT_MS = 30_000 + ROUNDS * 20_000;
export const PEOPLE_PER_ROUND = 10_000;

const BEGIN = Date.parse('2026-03-01T10:00:00.000Z');
const HOUR_MS = 3_600_000;
/** A sign-in that a crash has cut off counts as a wrong password, and the lock of too many of these lasts up to an hour. */
const HOURS_BETWEEN = 4;

/** The station's clock in a round. */
export function clockIn(round: number): Date {
  return new Date(BEGIN + round * HOURS_BETWEEN * HOUR_MS);
}

/** The station's clock when the round's crash is looked into. */
export function clockAfter(round: number): Date {
  return new Date(clockIn(round).getTime() + 2 * HOUR_MS);
}

/** A station saves a packet in some ten milliseconds: the kill comes within the first few of them. */
const LATEST_KILL_MS = 60;

export interface Crash {
  readonly round: number;
  readonly env: NodeJS.ProcessEnv;
  /** Whether it is killed at some time from here, or dies at a sync by itself. */
  readonly by: 'time' | 'sync';
}

/** Lets the station enrol until the crash. @returns what it has acknowledged. */
export async function enrolUntilCrash(folder: string, { round, env, by }: Crash): Promise<SavedPacket[]> {
  const afterFirstMs = by === 'time' ? rngOf(SEED, 'kill', round).below(LATEST_KILL_MS) : undefined;
  const lines = await linesUntilKilled(ENROL, [folder, String(round)], env, afterFirstMs);
  return lines.map((line) => {
    const [, rid, digest] = SAVED.exec(line) ?? [];
    if (rid === undefined || digest === undefined) throw new Error(`The station said: ${line}`);
    return { rid, digest };
  });
}

/** The sequence numbers that were given out more than once: a RID is made of one, and of the time. */
export function repeatedSequences(saved: readonly SavedPacket[]): number[] {
  const seen = new Set<number>();
  const sequences = saved.map(({ rid }) => parseRid(rid).sequence);
  return sequences.filter((sequence) => seen.size === seen.add(sequence).size);
}
