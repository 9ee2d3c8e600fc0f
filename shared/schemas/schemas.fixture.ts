/** What the tests of the documents share: keys, and one good document of each kind. */
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '../crypto/keys.ts';
import type { CoreCard, StationCard } from './cards.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { ManifestBody } from './manifest.ts';
import type { ReceiptBody } from './receipt.ts';
import type { TaskBody } from './task.ts';

export const rid = '10001100770000120260301100000';
export const otherRid = '10001100770000220260301100000';
export const station = '1000110077';
export const at = '2026-03-01T10:00:00.000Z';
export const digest = 'a'.repeat(64);

export const core = newSigningKeyPair();
export const stationKey = newSigningKeyPair();
export const stationBox = newSealingKeyPair();
export const operatorKey = newSigningKeyPair();
export const supervisorKey = newSigningKeyPair();

export const manifestBody: ManifestBody = {
  v: 1,
  rid,
  process: 'NEW',
  station,
  operator: 'amina',
  createdAt: at,
  packet: { digest, bytes: 1000, keyId: core.keyId },
  priority: 'normal',
};

export const received: ReceiptBody = { v: 1, rid, station, digest, at, epoch: 'first', kind: 'RECEIVED' };
export const outcome: ReceiptBody = { ...received, kind: 'OUTCOME', outcome: 'COMPLETED', code: 'ENR-OUT-001' };

export const task: TaskBody = {
  v: 1,
  rid,
  station,
  number: 1,
  task: 'CAPTURE_AGAIN',
  code: 'ENR-QUA-001',
  positions: ['LEFT_INDEX'],
  at,
  dueBy: '2026-04-01T10:00:00.000Z',
};

export const heartbeat: Heartbeat = {
  v: 1,
  station,
  at,
  waiting: { packets: 2, bytes: 2000, oldest: at },
  setAside: 0,
  clockOffsetMs: -1000,
  software: 'enroute 0.1.0',
};

export const stationCard: StationCard = {
  v: 1,
  station,
  signingKey: publicKeyOf(stationKey),
  sealingKey: publicKeyOf(stationBox),
  operators: [{ id: 'amina', signingKey: publicKeyOf(operatorKey) }],
  supervisors: [],
};

export const coreCard: CoreCard = {
  v: 1,
  epoch: 'first',
  signingKey: publicKeyOf(core),
  sealingKey: publicKeyOf(newSealingKeyPair()),
};
