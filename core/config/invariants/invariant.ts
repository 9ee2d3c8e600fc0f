/**
 * What must hold between the values of a configuration, the laws that are fixed in the code, and the machine. Each value
 * alone may be well and the core still lose time, packets or people's patience: these rules are about pairs.
 */
import type { KeyFileCost } from '@enroute/sync/disk/key-file.ts';
import type { CoreConfig } from '../core-config.ts';

/** What the code fixes and a configuration has to agree with. */
export interface Laws {
  readonly largestPacketBytes: number;
  /** The longest that a stage waits for somebody. */
  readonly longestWaitDays: number;
  /** An unfinished upload is kept after its last byte. */
  readonly unfinishedUploadDays: number;
  readonly stationTokenSeconds: number;
  /** Between two clocks, that is let pass. */
  readonly clockToleranceSeconds: number;
  /** A sign of life goes over an open poll so often. */
  readonly pollHeartbeatSeconds: number;
  /** A connection stays open between two requests. */
  readonly keepAliveSeconds: number;
  /** A station tells so often that it is there. */
  readonly stationHeartbeatSeconds: number;
  readonly openDatabases: number;
  readonly descriptorsOfDatabase: number;
  /** What is wrong with the shipped flows, as it would be told when they are loaded: nothing, or it is a defect. */
  readonly flowProblems: readonly string[];
  /** What guessing the passphrase of a key file costs in the field. */
  readonly keyFileCost: KeyFileCost;
}

/** Undefined where this machine does not tell. */
export interface Machine {
  readonly openFiles: number | undefined;
  readonly diskBytes: number | undefined;
  readonly now: Date;
  /** When the configuration was written. */
  readonly writtenAt: Date | undefined;
  /** Of the core's key file. */
  readonly keyFileCost: KeyFileCost | undefined;
}

export interface Facts {
  readonly config: CoreConfig;
  readonly laws: Laws;
  readonly machine: Machine;
}

export interface Violation {
  /** By where they stand in the file, or by what they are. */
  readonly values: Readonly<Record<string, string | number | boolean | null>>;
  /** What comes of it. */
  readonly sentence: string;
  /** What to change. */
  readonly change: string;
}

export interface Invariant {
  readonly name: string;
  /** error: no process starts with it. warning: it starts, and says so. */
  readonly severity: 'error' | 'warning';
  /** Undefined where it holds, or does not apply. */
  readonly broken: (facts: Facts) => Violation | undefined;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
