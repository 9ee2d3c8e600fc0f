/** What the tests of the agent share: a station with keys and a queue, and an enrolment that may be saved. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type KeyPair, newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { Biometric, Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import { type MasterData, masterDataOf } from '@enroute/shared/policy/master-data.ts';
import type { LimitVerdict } from '@enroute/shared/policy/station-limits.ts';
import type { CoreCard } from '@enroute/shared/schemas/cards.ts';
import { type Logger, pino } from 'pino';
import type { Desk } from '../desk/desk.ts';
import { type EnrolRequest, enrol, type Saved } from '../desk/enrol.ts';
import type { PersonSession } from '../keys/people.ts';
import type { StationIdentity } from '../keys/station-identity.ts';
import { openPacketFiles, type PacketFiles } from '../queue/packet-files.ts';
import { NOW, STATION } from '../queue/queue.fixture.ts';
import { openQueue, type Queue } from '../queue/queue.ts';
import { openRidIssuer } from '../queue/rid-issuer.ts';
import { openTestDatabase, type TestDatabase } from '../queue/station-database.fixture.ts';
import { openTurns } from '../queue/turns.ts';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface TestAgent {
  readonly database: TestDatabase;
  readonly identity: StationIdentity;
  readonly operator: PersonSession;
  readonly supervisor: PersonSession;
  /** The core's keys; the station has the card only. */
  readonly core: { readonly signing: KeyPair; readonly sealing: KeyPair };
  readonly card: CoreCard;
  readonly files: PacketFiles;
  readonly queue: Queue;
  readonly desk: Desk;
  /** What the core has told of the world and asked for, and how much more the station takes: for a test to change. */
  readonly world: { master: MasterData | undefined; limits: LimitVerdict; readonly tasks: Set<string> };
  readonly logs: readonly LogLine[];
  readonly log: Logger;
  request(change?: Partial<EnrolRequest>): EnrolRequest;
  enrol(change?: Partial<EnrolRequest>): Promise<Saved>;
}

export async function openTestAgent(): Promise<TestAgent> {
  const database = await openTestDatabase();
  const identity = { station: STATION, signing: newSigningKeyPair(), sealing: newSealingKeyPair() };
  const operator: PersonSession = { id: 'amina', roles: ['operator'], key: newSigningKeyPair() };
  const supervisor: PersonSession = { id: 'salim', roles: ['operator', 'supervisor'], key: newSigningKeyPair() };
  const core = { signing: newSigningKeyPair(), sealing: newSealingKeyPair() };
  const card: CoreCard = {
    v: 1,
    epoch: 'first',
    signingKey: publicKeyOf(core.signing),
    sealingKey: publicKeyOf(core.sealing),
  };
  const files = openPacketFiles(join(database.folder, 'packets'));
  let second = 0;
  const now = (): Date => new Date(NOW.getTime() + second * 1000);
  const queue = await openQueue(database.current().queue, now);
  const world: TestAgent['world'] = {
    master: undefined,
    limits: { roomFor: null, findings: [] },
    tasks: new Set(),
  };
  const desk: Desk = {
    identity,
    core: card,
    rids: openRidIssuer(database.current().counters, STATION),
    turns: openTurns(),
    files,
    drafts: openPacketFiles(join(database.folder, 'drafts')),
    queue,
    policy: DEFAULT_ENROLMENT_POLICY,
    masterData: () => world.master,
    hasOpenTask: async (rid) => world.tasks.has(rid),
    limits: async () => ({ ...world.limits, freeBytes: 1e9, lastSyncAt: null }),
    now,
  };
  const request = (change: Partial<EnrolRequest> = {}): EnrolRequest => {
    return { enrolment: infant(), process: 'NEW', operator, priority: 'normal', ...change };
  };
  const logs: LogLine[] = [];
  const log = pino({ base: null, level: 'trace' }, { write: (text: string) => logs.push(JSON.parse(text)) });
  return {
    database,
    identity,
    operator,
    supervisor,
    core,
    card,
    files,
    queue,
    desk,
    world,
    logs,
    log,
    request,
    enrol: (change) => {
      second += 1;
      return enrol(request(change), desk);
    },
  };
}

/** Master data that asks for approval, and sets no other rule. */
export function approvalDemanded(): MasterData | undefined {
  const at = NOW.toISOString();
  return masterDataOf(
    { v: 1, kind: 'station', station: STATION, number: 1, at, approval: true, limits: {} },
    undefined,
  );
}

const face: Biometric = {
  position: 'FACE',
  modality: 'face',
  quality: 95,
  capturedAt: NOW.toISOString(),
  formatOwner: 'Mosip',
  formatType: '8',
  level: 'Raw',
  purpose: 'Enroll',
  exception: false,
  retries: 0,
  forceCaptured: false,
  signature: '',
  signatureEncoding: 'text',
  attributes: {},
  imageEncoding: 'base64url',
  imageTail: '',
  image: new Uint8Array(),
};

/** Of a child too young for fingerprints: little is asked for. */
export function infant(change: Partial<Enrolment> = {}): Enrolment {
  return {
    identity: {
      fullName: [{ language: 'eng', value: 'Zawadi Mbeki' }],
      dateOfBirth: '2024/01/01',
      gender: [{ language: 'eng', value: 'Female' }],
      introducerRID: '10001100770000120250301100000',
    },
    languages: ['eng'],
    consent: true,
    biometrics: [{ ...face, image: randomBytes(20_000) }],
    documents: [
      {
        name: 'proofOfRelationship',
        category: 'POR',
        type: 'birth certificate',
        format: 'pdf',
        owner: '',
        subPacket: 'evidence',
        content: randomBytes(5_000),
      },
    ],
    capturedAt: NOW.toISOString(),
    ...change,
  };
}
