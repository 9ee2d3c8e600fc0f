/** The core in one process: store, vault, gateway and pipeline, wired together. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { HistoryEntry } from '@enroute/shared/registration/registration.ts';
import type { CoreCard, StationCard } from '@enroute/shared/schemas/cards.ts';
import type { Logger } from 'pino';
import { openCoreDatabases, type StoredRegistration } from './databases.ts';
import { createGateway } from './gateway/app.ts';
import { openStationRegister } from './gateway/stations.ts';
import { coreCardOf, openCoreKeys } from './keys.ts';
import { type Conservation, checkConservation } from './ops/conservation.ts';
import { startEngine } from './pipeline/engine.ts';
import { watchParked } from './pipeline/parked-deadlines.ts';
import { loadShippedFlows } from './pipeline/shipped-flows.ts';
import { openStore } from './store/open-store.ts';
import { openVault } from './vault/vault.ts';

export interface CoreOptions {
  /** Everything that the core keeps on this machine. */
  readonly folder: string;
  /** Opens the core's key file. */
  readonly passphrase: string;
  /** A CouchDB to keep documents in, instead of the embedded store in `folder`. May hold credentials. */
  readonly couchdbUrl: string | undefined;
  /** Put before the names of CouchDB databases, so that several cores can share a server. */
  readonly couchdbPrefix: string;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly consoleToken: string;
  readonly now: () => Date;
  readonly log: Logger;
}

export interface Core {
  /** e.g. "http://127.0.0.1:40123/" */
  readonly url: string;
  /** The supervisor's access link. */
  readonly consoleUrl: string;
  readonly card: CoreCard;
  register(card: StationCard): Promise<void>;
  conservation(): Promise<Conservation>;
  /** What the stages said of a registration, in order; empty when it is not known. */
  history(rid: string): Promise<readonly HistoryEntry[]>;
  stop(): Promise<void>;
}

const BATCH_SIZE = 50;
const WINDOW = 1_000;
const HEADERS_TIMEOUT_MS = 30_000;
const PARKED_CHECK_EVERY_MS = 60 * 60 * 1_000;

/** When a part can't be started, those before it are stopped again. */
export async function startCore(options: CoreOptions): Promise<Core> {
  const { folder, now, log } = options;
  await using started = new AsyncDisposableStack();
  const keys = await openCoreKeys(join(folder, 'core-keys.json'), options.passphrase);
  const store = await openStore({
    folder: join(folder, 'store'),
    ...(options.couchdbUrl ? { couchdbUrl: options.couchdbUrl, couchdb: { prefix: options.couchdbPrefix } } : {}),
    onFatal: (error) => log.fatal({ err: error }, 'the store is failing; stop the core and check the disk'),
  });
  started.defer(() => store.close());
  const databases = await openCoreDatabases(store);
  const vault = openVault(join(folder, 'vault'));
  const register = openStationRegister(databases.stations, now);

  const { processes, flowOf } = loadShippedFlows(databases, keys, (station) => register.card(station));

  const engine = await startEngine({
    registrations: databases.registrations,
    leases: databases.leases,
    vault,
    keyFor: (keyId) => (keyId === keys.sealing.keyId ? keys.sealing : undefined),
    flowOf,
    batchSize: BATCH_SIZE,
    window: WINDOW,
    now,
    random: Math.random,
    log,
  });
  started.defer(() => engine.stop());
  started.defer(watchParked({ registrations: databases.registrations, flowOf, now, log }, PARKED_CHECK_EVERY_MS));

  const gateway = createServer(
    createGateway({
      databases,
      vault,
      register,
      card: coreCardOf(keys),
      processes,
      incomingFolder: join(folder, 'incoming'),
      consoleFolder: join(import.meta.dirname, 'console', 'dist'),
      consoleToken: options.consoleToken,
      now,
      log,
    }),
  );
  await new Promise<void>((resolve, reject) => {
    gateway.once('error', reject);
    gateway.listen(options.port, options.host, resolve);
  });
  // An upload over a slow link takes as long as it takes; it is the station that watches whether bytes move.
  gateway.requestTimeout = 0;
  gateway.headersTimeout = HEADERS_TIMEOUT_MS;
  started.defer(async () => {
    const closed = new Promise((resolve) => gateway.close(resolve));
    gateway.closeAllConnections();
    await closed;
  });
  const { port } = gateway.address() as AddressInfo;
  const url = `http://${options.host}:${port}/`;

  const parts = started.move();
  return {
    url,
    consoleUrl: `${url}console/?token=${options.consoleToken}`,
    card: coreCardOf(keys),
    register: async (card) => {
      await databases.channel(card.station);
      await register.register(card);
    },
    conservation: async () => {
      const stations = (await register.list()).map(({ station }) => station);
      return checkConservation(stations, databases, vault);
    },
    history: async (rid) => (await databases.registrations.get<StoredRegistration>(rid))?.history ?? [],
    stop: () => parts.disposeAsync(),
  };
}
