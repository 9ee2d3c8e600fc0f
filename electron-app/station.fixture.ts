/** A station that the test makes up, and Electron's side of the messages, for tests without Electron. */
import { EventEmitter } from 'node:events';
import type { QueueItem } from '@enroute/edge-agent/queue/queue-item.ts';
import type { Station, StationStatus } from '@enroute/edge-agent/station.ts';
import type { Process } from '@enroute/shared/enrolment/enrolment.ts';
import { formatRid } from '@enroute/shared/rid/rid.ts';
import type { ResultContent } from '@enroute/shared/schemas/result.ts';
import type { Task } from '@enroute/shared/schemas/task.ts';
import { APP_URL } from './main/app-files.ts';
import type { Caller, IpcMainPort } from './main/electron-ports.ts';

export const STATION = '1000110001';
export const WINDOW_ID = 7;
/** The number that `aBusyDay` ends with. */
export const UIN = '2847103956';
export const OWN_PAGE: Caller = { sender: { id: WINDOW_ID }, senderFrame: { url: APP_URL, parent: null } };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
const SIGNATURE = 'A'.repeat(86);
const KEY_ID = '0123456789abcdef';

const ago = (ageMs: number): string => new Date(Date.now() - ageMs).toISOString();

export function ridOf(sequence: number): string {
  return formatRid(STATION, sequence, new Date('2026-03-01T08:30:00Z'));
}

interface ItemOptions extends Partial<Pick<QueueItem, 'state' | 'outcome' | 'problem'>> {
  readonly process?: Process;
  readonly bytes?: number;
  readonly urgent?: boolean;
  readonly corrects?: string;
  readonly ageMs?: number;
}

export function itemOf(sequence: number, options: ItemOptions = {}): QueueItem {
  const { process = 'NEW', bytes = 1_100_000, urgent = false, corrects, ageMs = sequence * MINUTE_MS } = options;
  const { outcome, problem, state = 'ANNOUNCED' } = options;
  const rid = ridOf(sequence);
  return {
    rid,
    state,
    manifest: {
      v: 1,
      rid,
      process,
      station: STATION,
      operator: 'amina',
      createdAt: ago(ageMs),
      packet: { digest: 'a'.repeat(64), bytes, keyId: KEY_ID },
      priority: urgent ? 'urgent' : 'normal',
      signatures: [{ role: 'station', signer: STATION, keyId: KEY_ID, value: SIGNATURE }],
      ...(corrects ? { corrects } : {}),
    },
    savedAt: ago(ageMs),
    changedAt: ago(ageMs),
    ...(outcome ? { outcome } : {}),
    ...(problem ? { problem } : {}),
  };
}

export function taskOf(sequence: number, dueInMs: number, positions: Task['positions']): Task {
  return {
    v: 1,
    rid: ridOf(sequence),
    station: STATION,
    number: 1,
    task: 'CAPTURE_AGAIN',
    code: 'ENR-QUA-001',
    positions,
    at: ago(HOUR_MS),
    dueBy: new Date(Date.now() + dueInMs).toISOString(),
    signature: { keyId: KEY_ID, value: SIGNATURE },
  };
}

export function statusOf(change: Partial<StationStatus> = {}): StationStatus {
  return {
    station: STATION,
    link: { up: true, since: ago(2 * HOUR_MS), reason: null },
    waiting: { packets: 0, bytes: 0, oldest: null },
    setAside: 0,
    clockOffsetMs: 0,
    packetsFolder: '/somewhere/packets',
    ...change,
  };
}

export interface FakeStation extends Pick<Station, 'events' | 'status' | 'queue' | 'openTasks' | 'result'> {
  now: StationStatus;
  items: QueueItem[];
  tasks: Task[];
  readonly results: Map<string, ResultContent>;
  /** RIDs whose number was asked for. */
  readonly asked: string[];
}

export function fakeStation(): FakeStation {
  const station: FakeStation = {
    events: new EventEmitter(),
    now: statusOf(),
    items: [],
    tasks: [],
    results: new Map(),
    asked: [],
    status: async () => station.now,
    queue: async (limit) => station.items.slice(0, limit),
    openTasks: async () => station.tasks,
    result: async (rid) => {
      station.asked.push(rid);
      return station.results.get(rid);
    },
  };
  return station;
}

/** One registration of each kind that an operator meets. */
export function aBusyDay(station: FakeStation): void {
  station.now = statusOf({
    waiting: { packets: 3, bytes: 4_300_000, oldest: new Date(Date.now() - 3 * HOUR_MS).toISOString() },
    setAside: 1,
  });
  const completed = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
  station.items = [
    itemOf(9, { state: 'SEALED' }),
    itemOf(8, { state: 'UPLOADING', bytes: 2_000_000, urgent: true }),
    itemOf(7, { state: 'SENT' }),
    itemOf(6, { state: 'RECEIVED' }),
    itemOf(5, { state: 'TERMINAL', outcome: completed, ageMs: 5 * HOUR_MS }),
    itemOf(4, {
      state: 'TERMINAL',
      outcome: { ...completed, code: 'ENR-OUT-002' },
      process: 'CORRECTION',
      corrects: ridOf(5),
    }),
    itemOf(3, { state: 'TERMINAL', outcome: { state: 'REJECTED', code: 'ENR-DDP-001' }, ageMs: DAY_MS }),
    itemOf(2, { state: 'SET_ASIDE', problem: 'ENR-STN-003', ageMs: 2 * DAY_MS }),
  ];
  station.tasks = [taskOf(6, 2 * DAY_MS + HOUR_MS, ['RIGHT_THUMB', 'LEFT_INDEX']), taskOf(1, -HOUR_MS, ['FACE'])];
  station.results.set(ridOf(5), { rid: ridOf(5), disclosure: 'full', uin: UIN });
}

export interface FakeIpc extends IpcMainPort {
  invoke(channel: string, caller: Caller, ...values: unknown[]): Promise<unknown>;
}

export function fakeIpc(): FakeIpc {
  const listeners = new Map<string, Parameters<IpcMainPort['handle']>[1]>();
  return {
    handle: (channel, listener) => {
      listeners.set(channel, listener);
    },
    invoke: async (channel, caller, ...values) => {
      const listener = listeners.get(channel);
      if (!listener) throw new Error(`No handler registered for '${channel}'`);
      return listener(caller, ...values);
    },
  };
}
