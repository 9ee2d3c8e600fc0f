/** What the core's tests stand on: a real store, a real vault, small packets of invented people, and a disk that fails. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { type KeyPair, newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import {
  type Biometric,
  type Enrolment,
  modalityOf,
  POSITIONS,
  type Position,
  type Process,
} from '@enroute/shared/enrolment/enrolment.ts';
import { packEnrolment } from '@enroute/shared/packet/contents.ts';
import { sealPacket } from '@enroute/shared/packet/seal.ts';
import { laneOf } from '@enroute/shared/registration/lane.ts';
import { type Registration, registrationSchema } from '@enroute/shared/registration/registration.ts';
import { formatRid } from '@enroute/shared/rid/rid.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { pino } from 'pino';
import { type CoreDatabases, openCoreDatabases, type StoredRegistration } from '../databases.ts';
import type { CoreKeys } from '../keys.ts';
import { openStationRegister, type StationRegister } from '../stations/station-register.ts';
import { deleteCouchDatabases } from '../store/couchdb/test-server.ts';
import { openStore } from '../store/open-store.ts';
import { type Database, type Doc, type Store, StoreError } from '../store/store.ts';
import { openDiskVault } from '../vault/disk-vault.ts';
import { sourceOfBytes } from '../vault/packet-source.ts';
import type { Vault } from '../vault/vault.ts';
import { END, type Flow, type FlowStep, type LoadedFlow } from './flow/flow.ts';
import { bindFlow } from './flow/load-flow.ts';
import type { Stage } from './stage.ts';

export const NOW = new Date('2026-03-01T08:00:00.000Z');
export const STATION = '1000110001';
export const OTHER_STATION = '1000210001';
export const silent = pino({ level: 'silent' });

/** Numbers from 0 to 1, always the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface EnrolmentOptions {
  /** Of the name. */
  readonly languages?: readonly string[];
  /** Captures that are too poor. */
  readonly poor?: readonly Position[];
  readonly positions?: readonly Position[];
  readonly change?: Partial<Enrolment>;
}

/** A grown-up of that number; two with the same number are the same person. */
export function enrolmentOf(person: number, options: EnrolmentOptions = {}): Enrolment {
  const { languages = ['eng'], poor = [], positions = POSITIONS, change } = options;
  const content = new TextEncoder().encode(`paper of ${person}`);
  const document = { type: 'PAPER', format: 'txt', owner: 'Applicant', subPacket: 'id', content } as const;
  return {
    identity: {
      fullName: languages.map((language) => ({ language, value: `Person ${person} ${language}` })),
      dateOfBirth: '1990/01/02',
      gender: 'FLE',
    },
    languages,
    consent: true,
    biometrics: positions.map((position) => captureOf(position, poor.includes(position) ? 5 : 92)),
    documents: [
      { ...document, name: 'identity', category: 'POI' },
      { ...document, name: 'address', category: 'POA' },
    ],
    capturedAt: NOW.toISOString(),
    ...change,
  };
}

function captureOf(position: Position, quality: number): Biometric {
  return {
    position,
    modality: modalityOf(position),
    quality,
    capturedAt: NOW.toISOString(),
    formatOwner: 'Mosip',
    formatType: '7',
    level: 'Raw',
    purpose: 'Enroll',
    exception: false,
    retries: 1,
    forceCaptured: false,
    signature: '',
    signatureEncoding: 'base64',
    attributes: {},
    image: Uint8Array.from([1, 2, 3]),
    imageEncoding: 'base64url',
    imageTail: '',
  };
}

export interface ArrivalOptions {
  readonly station?: string;
  readonly process?: Process;
  readonly corrects?: string;
  readonly enrolment?: Enrolment;
  /** Instead of a packet's bytes. */
  readonly bytes?: Uint8Array;
  /** What differs on the registration. */
  readonly change?: Partial<Registration>;
}

export interface TestCore {
  readonly folder: string;
  readonly store: Store;
  readonly databases: CoreDatabases;
  readonly keys: CoreKeys;
  readonly vault: Vault;
  readonly register: StationRegister;
  /** Opens the results of STATION. */
  readonly stationSealing: KeyPair;
  readonly keyFor: (keyId: string) => KeyPair | undefined;
  /** A packet is announced and its bytes arrive, as the gateway would take them. */
  arrive(options?: ArrivalOptions): Promise<StoredRegistration>;
  get(rid: string): Promise<StoredRegistration>;
  /** Ids in a station's channel that begin so. */
  sent(prefix: string, station?: string): Promise<string[]>;
  dispose(): Promise<void>;
}

/** @param couchdbUrl the embedded store when undefined */
export async function openTestCore(couchdbUrl?: string): Promise<TestCore> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-core-'));
  const prefix = `test-${randomBytes(6).toString('hex')}-`;
  const onFatal = (error: Error): void => {
    throw error;
  };
  const store = await openStore({
    folder: join(folder, 'store'),
    onFatal,
    couchdbUrl,
    couchdb: { prefix, q: 1, n: 1 },
  });
  const databases = await openCoreDatabases(store);
  const keys: CoreKeys = {
    epoch: 'epoch-1',
    generation: 0,
    earlier: [],
    signing: newSigningKeyPair(),
    sealing: newSealingKeyPair(),
    storage: randomBytes(32),
    dedupe: randomBytes(32),
  };
  const vault = openDiskVault(join(folder, 'vault'));
  const register = openStationRegister(databases.stations, () => NOW);
  const stationSealing = newSealingKeyPair();
  for (const station of [STATION, OTHER_STATION]) await register.register(cardOf(station, stationSealing));
  let sequence = 0;

  return {
    folder,
    store,
    databases,
    keys,
    vault,
    register,
    stationSealing,
    keyFor: (keyId) => (keyId === keys.sealing.keyId ? keys.sealing : undefined),
    arrive: async (options = {}) => {
      sequence += 1;
      const { station = STATION, process = 'NEW', corrects } = options;
      const rid = formatRid(station, sequence, NOW);
      const context = { rid, process, station, operator: 'op1' };
      const container = await packEnrolment(context, options.enrolment ?? enrolmentOf(sequence));
      const sealed = sealPacket({ rid, process, sealedAt: NOW, reader: publicKeyOf(keys.sealing), container });
      const bytes = options.bytes ?? sealed.bytes;
      const digest = await publish(bytes, vault);
      const registration = registrationSchema.parse({
        ...registrationOf(rid, { process, ...(corrects ? { corrects } : {}) }),
        packet: { digest, bytes: bytes.byteLength, keyId: keys.sealing.keyId },
        ...options.change,
      });
      await (await databases.channel(station)).write([{ _id: manifestId(rid) }]);
      return put(databases.registrations, registration);
    },
    get: async (rid) => must(await databases.registrations.get<StoredRegistration>(rid)),
    sent: async (idPrefix, station = STATION) => {
      const channel = await databases.channel(station);
      const docs = await channel.range<Doc>({ start: idPrefix, end: `${idPrefix}~`, limit: 1000 });
      return docs.map(({ _id }) => _id);
    },
    dispose: async () => {
      await store.close();
      if (couchdbUrl) await deleteCouchDatabases(couchdbUrl, prefix);
      await rm(folder, { recursive: true });
    },
  };
}

function cardOf(station: string, sealing: KeyPair): StationCard {
  const signingKey = publicKeyOf(newSigningKeyPair());
  const operators = [{ id: 'op1', signingKey }];
  return { v: 1, station, signingKey, sealingKey: publicKeyOf(sealing), operators, supervisors: [] };
}

async function publish(bytes: Uint8Array, vault: Vault): Promise<string> {
  const digest = sha256Hex(bytes);
  await vault.publish(sourceOfBytes(bytes), digest);
  return digest;
}

/** A registration whose bytes have arrived. */
export function registrationOf(rid: string, change: Partial<Registration> = {}): Registration {
  return {
    _id: rid,
    v: 1,
    station: rid.slice(0, 10),
    operator: 'op1',
    process: 'NEW',
    priority: 'normal',
    packet: { digest: '0'.repeat(64), bytes: 1, keyId: '0'.repeat(16) },
    lane: laneOf(rid),
    announcedAt: NOW.toISOString(),
    receivedAt: NOW.toISOString(),
    state: 'RECEIVED',
    attempts: 0,
    corrections: [],
    facts: {},
    history: [],
    ...change,
  };
}

/** The RID of that number. */
export function ridOf(sequence: number, station = STATION): string {
  return formatRid(station, sequence, NOW);
}

/** Writes a registration that must be written. */
export async function put(db: Database, registration: Registration): Promise<StoredRegistration> {
  const [result] = await db.write([registration]);
  if (!result?.ok) throw new Error(`${registration._id} was not written: ${result?.reason}`);
  return { ...registration, _rev: result.rev };
}

export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('It is not there.');
  return value;
}

/** A step with little patience. */
export function stepOf(stage: string, on: FlowStep['on'], change: Partial<FlowStep> = {}): FlowStep {
  const retry = { budget: 3, baseMs: 1000, capMs: 4000 };
  return { stage, on, retry, deadlineMs: 5_000, batch: 50, concurrency: 1, ...change };
}

/** A flow that runs through the stages one after the other; whatever fails ends there. */
export function lineOf(stages: readonly Stage[], change: Partial<Flow> = {}): LoadedFlow {
  const steps = stages.map(({ name }, index) => {
    const next = stages[index + 1]?.name ?? END;
    return stepOf(name, { next, fail: END, reject: END, correct: END });
  });
  const success = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
  const answer = stages.at(-1)?.name ?? '';
  return bindFlow({ name: 'NEW', version: 1, steps, wakers: {}, success, answer, ...change }, stages);
}

export type Method = Exclude<keyof Database, 'name'>;

export interface Faults {
  /** Asked before each call: throws, so that nothing is done. */
  before?(method: Method, db: string, documents: readonly Doc[]): void;
  /** Asked after each call: throws, so that it was done and the caller does not know. */
  after?(method: Method, db: string, documents: readonly Doc[]): void;
}

/** The same database over a medium that has these faults. */
export function faulty(db: Database, faults: Faults): Database {
  const through = async <T>(method: Method, call: () => Promise<T>, documents: readonly Doc[] = []): Promise<T> => {
    faults.before?.(method, db.name, documents);
    const answer = await call();
    faults.after?.(method, db.name, documents);
    return answer;
  };
  return {
    name: db.name,
    get: (id) => through('get', () => db.get(id)),
    getMany: (ids) => through('getMany', () => db.getMany(ids)),
    range: (query) => through('range', () => db.range(query)),
    write: (documents) => through('write', () => db.write(documents), documents),
    changes: (query) => through('changes', () => db.changes(query)),
    pending: (since) => through('pending', () => db.pending(since)),
    writeWithBytes: (doc, bytes) => through('writeWithBytes', () => db.writeWithBytes(doc, bytes), [doc]),
    bytesOf: (id) => through('bytesOf', () => db.bytesOf(id)),
    info: () => through('info', () => db.info()),
  };
}

export function faultyDatabases({ channel, ...named }: CoreDatabases, faults: Faults): CoreDatabases {
  const through = Object.entries(named).map(([name, database]) => [name, faulty(database, faults)] as const);
  return {
    ...(Object.fromEntries(through) as typeof named),
    channel: async (station) => faulty(await channel(station), faults),
  };
}

export function broken(): StoreError {
  return new StoreError('broken for the test', { transient: true });
}
