/** Who is measured: a process at each end of the link, and what they carry. */
import { join } from 'node:path';
import { PACKET_BYTES, PACKETS } from './cases.ts';
import type { PreparedCountry } from './prepared-country.ts';

export interface TransferSubject {
  readonly name: string;
  /** The programs at the two ends; both get the folder and `args`. */
  readonly core: string;
  readonly station: string;
  readonly args: readonly string[];
  /** A folder to begin with. */
  readonly prepared?: string;
  readonly packets: number;
  readonly payloadBytes: number;
}

const program = (name: string): string => join(import.meta.dirname, 'subjects', `${name}-process.ts`);

export function enroute({ folder, packets, payloadBytes }: PreparedCountry): TransferSubject {
  return {
    name: 'enroute',
    core: program('core'),
    station: program('station'),
    args: [],
    prepared: folder,
    packets,
    payloadBytes,
  };
}

export function enrouteOverTls(country: PreparedCountry): TransferSubject {
  return { ...enroute(country), name: 'enroute over TLS', args: ['tls'] };
}

const AS_MANY = { packets: PACKETS, payloadBytes: PACKETS * PACKET_BYTES };
const overCouch = { ...AS_MANY, core: program('couch-server'), station: program('pouch') };

export const ATTACHMENTS: TransferSubject = { ...overCouch, name: 'attachments', args: ['attachments', '100'] };
export const ATTACHMENTS_BATCH_1: TransferSubject = {
  ...overCouch,
  name: 'attachments, batch 1',
  args: ['attachments', '1'],
};
export const CHUNKS: TransferSubject = { ...overCouch, name: '64 KiB chunks, gzip', args: ['chunks', '4'] };
export const SINGLE_REQUEST: TransferSubject = {
  ...AS_MANY,
  name: 'single request',
  core: program('put-server'),
  station: program('put'),
  args: [],
};

/** The manifests of a prepared station, for those that are not Enroute. */
export const MANIFESTS_FILE = 'manifests.json';
/** Everything has arrived, or nothing: there is one thing to deliver. */
const CONTROL = { packets: 1, payloadBytes: 0 };

export function controlOverEnroute(folder: string): TransferSubject {
  const ends = { core: program('core'), station: program('channel') };
  return { ...CONTROL, ...ends, name: 'enroute', args: [], prepared: folder };
}

export function controlOverCouch(folder: string): TransferSubject {
  const ends = { core: program('couch-server'), station: program('pouch-channel') };
  return { ...CONTROL, ...ends, name: 'PouchDB replication', args: ['control'], prepared: folder };
}
