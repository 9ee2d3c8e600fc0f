/** A station that the test makes up, and Electron's side of the messages, for tests without Electron. */
import { EventEmitter } from 'node:events';
import type { PersonSession } from '@enroute/edge-agent/keys/people.ts';
import type { QueueItem } from '@enroute/edge-agent/queue/queue-item.ts';
import type { Station, StationStatus } from '@enroute/edge-agent/station.ts';
import { newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import type { Process } from '@enroute/shared/enrolment/enrolment.ts';
import { refusal, warning } from '@enroute/shared/policy/finding.ts';
import { formatRid } from '@enroute/shared/rid/rid.ts';
import type { ResultContent } from '@enroute/shared/schemas/result.ts';
import type { Task } from '@enroute/shared/schemas/task.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { enrolmentOf } from './enrolment.fixture.ts';
import { APP_URL } from './main/app-files.ts';
import type { ApprovalDesk } from './main/approvals.ts';
import type { Caller, IpcMainPort } from './main/electron-ports.ts';

export const STATION = '1000110001';
export const WINDOW_ID = 7;
/** The number that `aBusyDay` ends with. */
export const UIN = '2847103956';
export const SUPERVISOR = 'salim';
/** Of everyone at this station. */
export const PASSWORD = 'a password for tests';
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

interface ItemOptions extends Partial<Pick<QueueItem, 'state' | 'outcome' | 'problem' | 'rejection'>> {
  readonly process?: Process;
  readonly operator?: string;
  readonly bytes?: number;
  readonly urgent?: boolean;
  readonly corrects?: string;
  readonly ageMs?: number;
}

export function itemOf(sequence: number, options: ItemOptions = {}): QueueItem {
  const { process = 'NEW', bytes = 1_100_000, urgent = false, corrects, ageMs = sequence * MINUTE_MS } = options;
  const { outcome, problem, rejection, operator = 'amina', state = 'ANNOUNCED' } = options;
  const rid = ridOf(sequence);
  return {
    rid,
    state,
    manifest: {
      v: 1,
      rid,
      process,
      station: STATION,
      operator,
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
    ...(rejection ? { rejection } : {}),
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
    link: linkOf(),
    unsentBytes: change.waiting?.bytes ?? 0,
    waiting: { packets: 0, bytes: 0, oldest: null },
    awaitingApproval: { packets: 0, bytes: 0, oldest: null },
    drafts: 0,
    setAside: 0,
    limits: limitsOf(),
    clockOffsetMs: 0,
    clockWrongSince: null,
    packetsFolder: '/somewhere/packets',
    ...change,
  };
}

export function linkOf(change: Partial<StationStatus['link']> = {}): StationStatus['link'] {
  return {
    state: 'online',
    up: true,
    since: ago(2 * HOUR_MS),
    reason: null,
    code: null,
    nextTryAt: null,
    lastSuccessAt: ago(MINUTE_MS),
    bytesPerSecond: 4_000,
    sentTodayBytes: 0,
    dailyBytes: null,
    opensAt: null,
    ...change,
  };
}

function limitsOf(change: Partial<StationStatus['limits']> = {}): StationStatus['limits'] {
  return { roomFor: 1_840, findings: [], freeBytes: 80_000_000_000, lastSyncAt: ago(2 * MINUTE_MS), ...change };
}

export const LOW_ON_ROOM = limitsOf({
  roomFor: 130,
  lastSyncAt: ago(16 * DAY_MS),
  findings: [warning('ENR-LIM-001', '134 more'), warning('ENR-LIM-006', '16 days')],
});

export const OUT_OF_ROOM = limitsOf({
  roomFor: 0,
  lastSyncAt: ago(16 * DAY_MS),
  findings: [refusal('ENR-LIM-002', '2000 packets'), warning('ENR-LIM-006', '16 days')],
});

export interface FakeStation
  extends Pick<Station, 'events' | 'status' | 'openTasks' | 'result' | 'show' | 'link'>,
    ApprovalDesk {
  now: StationStatus;
  items: QueueItem[];
  tasks: Task[];
  readonly results: Map<string, ResultContent>;
  /** RIDs whose number was asked for. */
  readonly asked: string[];
  /** RIDs that were looked into. */
  readonly lookedInto: string[];
  /** What was ordered of the link. */
  readonly orders: string[];
}

export function fakeStation(): FakeStation {
  const station: FakeStation = {
    events: new EventEmitter(),
    now: statusOf(),
    items: [],
    tasks: [],
    results: new Map(),
    asked: [],
    lookedInto: [],
    orders: [],
    link: {
      pause: () => void station.orders.push('pause'),
      resume: () => void station.orders.push('resume'),
      tryNow: () => void station.orders.push('tryNow'),
    },
    status: async () => station.now,
    queue: async (limit, state) =>
      station.items.filter((item) => state === undefined || item.state === state).slice(0, limit),
    show: async (rid) => {
      const item = station.items.find((one) => one.rid === rid);
      if (!item) throw new EnrouteError('ENR-STN-008', rid);
      return item;
    },
    signIn: async (id, password): Promise<PersonSession> => {
      if (password !== PASSWORD) throw new EnrouteError('ENR-STN-005');
      return { id, roles: id === SUPERVISOR ? ['operator', 'supervisor'] : ['operator'], key: newSigningKeyPair() };
    },
    review: async (rid) => {
      station.lookedInto.push(rid);
      return { manifest: (await station.show(rid)).manifest, enrolment: enrolmentOf(Number(rid.slice(10, 15))) };
    },
    approve: (rids, { id }) => decide(station, rids, id, { state: 'APPROVED' }),
    reject: (rids, reason, { id }) => {
      const rejection = { by: id, at: ago(0), reason, keyId: KEY_ID, signature: SIGNATURE };
      return decide(station, rids, id, { state: 'REJECTED', problem: 'ENR-APR-003', rejection });
    },
    openTasks: async () => station.tasks,
    result: async (rid) => {
      station.asked.push(rid);
      return station.results.get(rid);
    },
  };
  return station;
}

async function decide(
  station: FakeStation,
  rids: readonly string[],
  supervisor: string,
  change: Pick<QueueItem, 'state' | 'problem' | 'rejection'>,
): ReturnType<Station['approve']> {
  const own = new Set(station.items.filter(({ manifest }) => manifest.operator === supervisor).map(({ rid }) => rid));
  station.items = station.items.map((item) =>
    rids.includes(item.rid) && !own.has(item.rid) ? { ...item, ...change } : item,
  );
  station.events.emit('changed');
  return rids.map((rid) => (own.has(rid) ? { rid, code: 'ENR-APR-001' } : { rid }));
}

/** Three enrolments that wait for the supervisor, one of them the supervisor's own. */
export function aFullTray(station: FakeStation): void {
  station.items = [
    itemOf(23, { state: 'AWAITING_APPROVAL', operator: SUPERVISOR, ageMs: HOUR_MS }),
    itemOf(22, { state: 'AWAITING_APPROVAL', urgent: true, ageMs: 3 * HOUR_MS }),
    itemOf(21, { state: 'AWAITING_APPROVAL', operator: 'bashir', ageMs: DAY_MS }),
    ...station.items,
  ];
  const awaitingApproval = { packets: 3, bytes: 3_300_000, oldest: ago(DAY_MS) };
  station.now = { ...station.now, awaitingApproval };
}

/** One registration of each kind that an operator meets. */
export function aBusyDay(station: FakeStation): void {
  station.now = statusOf({
    waiting: { packets: 3, bytes: 4_300_000, oldest: new Date(Date.now() - 3 * HOUR_MS).toISOString() },
    setAside: 1,
  });
  const completed = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
  const rejection = { by: SUPERVISOR, at: ago(HOUR_MS), keyId: KEY_ID, signature: SIGNATURE };
  station.items = [
    itemOf(12, { state: 'DRAFT' }),
    itemOf(11, { state: 'APPROVED' }),
    itemOf(10, { state: 'REJECTED', problem: 'ENR-APR-003', rejection: { ...rejection, reason: 'DOCUMENTS' } }),
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
    itemOf(1, { state: 'RELEASED', outcome: completed, ageMs: 9 * DAY_MS }),
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
