/** What the tests of the agent share: a station with keys and a queue, and an enrolment that may be saved. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type KeyPair, newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { Biometric, Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import type { CoreCard } from '@enroute/shared/schemas/cards.ts';
import { type Logger, pino } from 'pino';
import type { OperatorSession, StationIdentity } from '../keys/station-identity.ts';
import { openPacketFiles, type PacketFiles } from '../queue/packet-files.ts';
import { NOW, STATION } from '../queue/queue.fixture.ts';
import { openQueue, type Queue } from '../queue/queue.ts';
import { openTestDatabase, type TestDatabase } from '../queue/station-database.fixture.ts';
import { type EnrolRequest, enrol, type Saved } from './enrol.ts';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface TestAgent {
  readonly database: TestDatabase;
  readonly identity: StationIdentity;
  readonly operator: OperatorSession;
  /** The core's keys; the station has the card only. */
  readonly core: { readonly signing: KeyPair; readonly sealing: KeyPair };
  readonly card: CoreCard;
  readonly files: PacketFiles;
  readonly queue: Queue;
  readonly logs: readonly LogLine[];
  readonly log: Logger;
  enrol(change?: Partial<EnrolRequest>): Promise<Saved>;
}

export async function openTestAgent(): Promise<TestAgent> {
  const database = await openTestDatabase();
  const identity = { station: STATION, signing: newSigningKeyPair(), sealing: newSealingKeyPair() };
  const operator = { id: 'amina', key: newSigningKeyPair() };
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
  const queue = openQueue(database.current().queue, now);
  const logs: LogLine[] = [];
  const log = pino({ base: null, level: 'trace' }, { write: (text: string) => logs.push(JSON.parse(text)) });
  return {
    database,
    identity,
    operator,
    core,
    card,
    files,
    queue,
    logs,
    log,
    enrol: (change = {}) => {
      second += 1;
      const { counters } = database.current();
      const request: EnrolRequest = { enrolment: infant(), process: 'NEW', operator, priority: 'normal', ...change };
      return enrol(request, { identity, core: card, counters, files, queue, policy: DEFAULT_ENROLMENT_POLICY, now });
    },
  };
}

const face: Biometric = {
  position: 'FACE',
  modality: 'face',
  quality: 80,
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
