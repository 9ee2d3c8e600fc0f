/** What the tests of the gateway share: a real one on a free port over a real store, and stations that talk to it. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { type KeyPair, newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { type SealedPacket, sealPacket } from '@enroute/shared/packet/seal.ts';
import { formatRid } from '@enroute/shared/rid/rid.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { type Manifest, type ManifestBody, signManifest } from '@enroute/shared/schemas/manifest.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { signStationToken } from '@enroute/sync/link/station-token.ts';
import { uploadId } from '@enroute/sync/upload/upload-id.ts';
import type { Express } from 'express';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, onTestFinished } from 'vitest';
import { newWriter, openAudit } from '../audit/audit.ts';
import { type CoreDatabases, openCoreDatabases, type StoredRegistration } from '../databases.ts';
import type { CoreKeys } from '../keys.ts';
import { coreCardOf, signingKeysOf } from '../keys.ts';
import type { MasterOf } from '../master/master-view.ts';
import { checkConservation } from '../ops/conservation.ts';
import { openPeople, type People } from '../people/people.ts';
import { openStationAdministration } from '../stations/station-administration.ts';
import { openStationRegister, type StationRegister } from '../stations/station-register.ts';
import { openStore } from '../store/open-store.ts';
import type { Doc, Store } from '../store/store.ts';
import { openDiskVault } from '../vault/disk-vault.ts';
import type { Vault } from '../vault/vault.ts';
import { createGateway, type GatewayOptions } from './app.ts';
import { openCoreWord } from './channel/core-word.ts';
import { openPolls } from './channel/open-polls.ts';
import { type Draining, newDraining } from './door/draining.ts';
import { listen } from './door/gateway-server.ts';
import { fileMedium } from './uploads/file-medium.ts';
import { IncomingStore } from './uploads/incoming-store.ts';
import type { UploadSettings } from './uploads/upload-routes.ts';

/** By the core's clock it is always this late. */
export const NOW = new Date('2026-03-01T10:00:00.000Z');
export const STATION = '1000110077';
export const OTHER_STATION = '1000110078';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export const ERROR_LEVEL = 50;
const PROGRESS_MS = 2_000;
/** No test is about how long it takes to guess. */
const QUICK_DERIVATION = { memoryKiB: 8, passes: 1 };

export interface TestGateway {
  readonly url: string;
  readonly incomingFolder: string;
  readonly incoming: IncomingStore;
  readonly databases: CoreDatabases;
  readonly store: Store;
  readonly vault: Vault;
  readonly register: StationRegister;
  readonly keys: CoreKeys;
  readonly logs: readonly LogLine[];
  /** Method and address of every request so far. */
  readonly requests: string[];
  readonly draining: Draining;
  readonly people: People;
  readonly options: GatewayOptions;
  readonly app: Express;
  /** Connections and uploads end as when the process does, unless they are given time; documents and files stay. */
  stop(withinMs?: number): Promise<void>;
}

export interface GatewaySettings {
  readonly now: () => Date;
  readonly epoch: string;
  /** None, unless a test sets some. */
  readonly masterOf: MasterOf;
  /** Stands between the gateway and its store. */
  readonly databases: (databases: CoreDatabases) => CoreDatabases;
  readonly uploads: UploadSettings;
  readonly progressMs: number;
  /** What stands at the door, where a test wants it otherwise. */
  readonly door: Partial<Pick<GatewayOptions, 'limits' | 'trustProxy' | 'needs' | 'stages'>>;
  /** A connection on which nothing moves for so long is closed; never, unless a test says so. */
  readonly idleMs: number;
  /** When it is taken down: at the end of the test, or `afterAllOf` them for one that several tests share. */
  readonly atEnd: (close: () => Promise<void>) => void;
}

export async function openTestGateway(settings: Partial<GatewaySettings> = {}): Promise<TestGateway> {
  const now = settings.now ?? (() => NOW);
  const atEnd = settings.atEnd ?? onTestFinished;
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-gateway-'));
  const logs: LogLine[] = [];
  const log = captureLog(logs);
  const store = await openStore({
    folder: join(folder, 'store'),
    onFatal: (error) => log.fatal({ err: error }, 'fatal'),
  });
  const databases = await openCoreDatabases(store);
  const vault = openDiskVault(join(folder, 'vault'));
  const register = openStationRegister(databases.stations, now);
  const keys = newCoreKeys(settings.epoch ?? 'first');
  const incomingFolder = join(folder, 'incoming');
  const incoming = new IncomingStore(fileMedium(incomingFolder), settings.progressMs ?? PROGRESS_MS);
  const people = openPeople({
    people: databases.people,
    sessions: databases.sessions,
    keys,
    now,
    secureCookies: false,
    demandSecondFactor: false,
    derivation: QUICK_DERIVATION,
  });
  const audit = openAudit({ database: databases.audit, writer: newWriter(), signing: keys.signing, now });
  const polls = await openPolls(store);
  const draining = newDraining();
  const options: GatewayOptions = {
    databases: settings.databases?.(databases) ?? databases,
    vault,
    register,
    card: coreCardOf(keys),
    processes: new Set(['NEW', 'CORRECTION']),
    masterOf: settings.masterOf ?? (() => undefined),
    sayCoreWord: openCoreWord(keys, databases.registrations, now),
    polls,
    incoming,
    uploads: settings.uploads ?? {},
    consoleFolder: join(folder, 'page'),
    draining,
    people: {
      people,
      audit,
      signingKeys: () => signingKeysOf(keys).map(publicKeyOf),
      conservation: () => checkConservation({ store, databases, vault, now: now() }),
    },
    trust: {
      enrolment: { register, keys, prepare: async ({ station }) => void (await databases.channel(station)), now },
      administration: openStationAdministration({ register, keys, gateway: { url: 'http://127.0.0.1/' }, now }),
    },
    metrics: { registry: new Registry(), checkpoints: databases.checkpoints },
    ...settings.door,
    now,
    log,
  };
  const app = createGateway(options);
  const requests: string[] = [];
  const noting: RequestListener = (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    return app(request, response);
  };
  const server = await listen(noting, { host: '127.0.0.1', port: 0, idleMs: settings.idleMs ?? 0, log });
  const { url } = server;
  const stop = async (withinMs = 0): Promise<void> => {
    if (withinMs > 0) draining.begin();
    await server.close(() => polls.drain(500), withinMs);
    await store.close();
  };
  atEnd(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    url,
    incomingFolder,
    incoming,
    databases,
    store,
    vault,
    register,
    keys,
    logs,
    requests,
    draining,
    people,
    options,
    app,
    stop,
  };
}

/** To be called beside the tests: a hook that is asked for within another hook is never run. */
export function afterAllOf(): GatewaySettings['atEnd'] {
  const closes: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closes) await close();
  });
  return (close) => void closes.push(close);
}

export function captureLog(lines: LogLine[]): Logger {
  return pino({ base: null, level: 'trace' }, { write: (text: string) => lines.push(JSON.parse(text)) });
}

export function newCoreKeys(epoch: string): CoreKeys {
  const storage = randomBytes(32);
  return {
    epoch,
    generation: 0,
    signing: newSigningKeyPair(),
    sealing: newSealingKeyPair(),
    earlier: [],
    storage,
    dedupe: storage,
  };
}

export interface TestStation {
  readonly number: string;
  readonly signing: KeyPair;
  readonly operator: KeyPair;
  readonly card: StationCard;
  authorization(at?: Date): Promise<string>;
  /** A packet with its manifest, sealed for the core of `gateway`. */
  packet(sequence: number, bytes?: number, change?: Partial<ManifestBody>): TestPacket;
}

export interface TestPacket {
  readonly rid: string;
  readonly id: string;
  readonly sealed: SealedPacket;
  readonly manifest: Manifest;
}

export function newStation(gateway: Pick<TestGateway, 'keys'>, number = STATION): TestStation {
  const signing = newSigningKeyPair();
  const operator = newSigningKeyPair();
  const card: StationCard = {
    v: 1,
    station: number,
    signingKey: publicKeyOf(signing),
    sealingKey: publicKeyOf(newSealingKeyPair()),
    operators: [{ id: 'amina', signingKey: publicKeyOf(operator) }],
    supervisors: [],
  };
  return {
    number,
    signing,
    operator,
    card,
    authorization: async (at = NOW) => `Bearer ${await signStationToken(number, signing, at)}`,
    packet: (sequence, bytes = 1_000, change = {}) => {
      const rid = change.rid ?? formatRid(number, sequence, NOW);
      const reader = publicKeyOf(gateway.keys.sealing);
      const sealed = sealPacket({ rid, process: 'NEW', sealedAt: NOW, reader, container: randomBytes(bytes) });
      const body: ManifestBody = {
        v: 1,
        rid,
        process: 'NEW',
        station: number,
        operator: 'amina',
        createdAt: NOW.toISOString(),
        packet: { digest: sealed.digest, bytes: sealed.bytes.byteLength, keyId: reader.keyId },
        priority: 'normal',
        ...change,
      };
      return { rid, id: uploadId(rid, sealed.digest), sealed, manifest: signAll(body, signing, operator) };
    },
  };
}

/** Signs it anew, whatever signatures it came with. */
export function signAll(manifest: ManifestBody | Manifest, station: KeyPair, operator: KeyPair): Manifest {
  const { signatures: _signatures, ...body } = { signatures: [], ...manifest };
  return signManifest(body, [
    { role: 'station', signer: body.station, key: station },
    { role: 'operator', signer: body.operator, key: operator },
  ]);
}

export async function registered(gateway: TestGateway, number = STATION): Promise<TestStation> {
  const station = newStation(gateway, number);
  await gateway.register.register(station.card);
  return station;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

/** One request of a station; the body is sent as JSON unless it is bytes. */
export async function ask(
  gateway: Pick<TestGateway, 'url'>,
  station: TestStation | undefined,
  method: string,
  path: string,
  options: { readonly body?: unknown; readonly headers?: Record<string, string>; readonly signal?: AbortSignal } = {},
): Promise<Answer> {
  const { body } = options;
  const bytes = body instanceof Uint8Array;
  const response = await fetch(new URL(path, gateway.url), {
    method,
    headers: {
      ...(station ? { authorization: await station.authorization() } : {}),
      ...(body === undefined || bytes ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    body: body === undefined ? null : bytes ? new Uint8Array(body) : JSON.stringify(body),
    signal: options.signal ?? null,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Announces packets and expects them to be taken. */
export async function announce(
  gateway: Pick<TestGateway, 'url'>,
  station: TestStation,
  ...packets: TestPacket[]
): Promise<Answer> {
  const docs = packets.map(({ rid, manifest }) => ({ _id: `manifest:${rid}`, ...manifest }));
  return ask(gateway, station, 'POST', `channel-${station.number}/_bulk_docs`, { body: { docs } });
}

export async function registrationOf(gateway: TestGateway, rid: string): Promise<StoredRegistration | undefined> {
  return gateway.databases.registrations.get<StoredRegistration>(rid);
}

/** Writes a document into a station's channel as the core's workers do. */
export async function writeDown(gateway: TestGateway, station: string, ...docs: Doc[]): Promise<void> {
  await (await gateway.databases.channel(station)).write(docs);
}

const TUS = { 'tus-resumable': '1.0.0' };

export const tus = {
  create: (gateway: TestGateway, station: TestStation, packet: TestPacket, headers: Record<string, string> = {}) =>
    ask(gateway, station, 'POST', 'uploads', {
      headers: {
        ...TUS,
        'upload-length': String(packet.sealed.bytes.byteLength),
        'upload-metadata': metadata(packet.rid, packet.sealed.digest),
        ...headers,
      },
    }),
  head: (gateway: TestGateway, station: TestStation, id: string) =>
    ask(gateway, station, 'HEAD', `uploads/${id}`, { headers: TUS }),
  patch: (gateway: TestGateway, station: TestStation, id: string, offset: number, bytes: Uint8Array) =>
    ask(gateway, station, 'PATCH', `uploads/${id}`, {
      body: bytes,
      headers: { ...TUS, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
    }),
};

export function metadata(rid: string, digest: string): string {
  return `rid ${Buffer.from(rid).toString('base64')},digest ${Buffer.from(digest).toString('base64')}`;
}
