/** The core in one process: store, vault, gateway and pipeline, wired together. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import { DEFAULT_QUALITY_POLICY } from '@enroute/shared/policy/quality-policy.ts';
import type { CoreCard, StationCard } from '@enroute/shared/schemas/cards.ts';
import { UIN_PRESETS } from '@enroute/shared/uin/rules.ts';
import type { Logger } from 'pino';
import { openCoreDatabases, type StoredRegistration } from './databases.ts';
import { createGateway } from './gateway/app.ts';
import { openStationRegister } from './gateway/stations.ts';
import { coreCardOf, openCoreKeys } from './keys.ts';
import { type Conservation, checkConservation } from './ops/conservation.ts';
import { startEngine } from './pipeline/engine.ts';
import { type LoadedFlow, loadFlow } from './pipeline/flow.ts';
import { CORRECTION_FLOW } from './pipeline/flows/correction.ts';
import { NEW_FLOW } from './pipeline/flows/new.ts';
import { expireParked } from './pipeline/parked-deadlines.ts';
import type { Stage } from './pipeline/stage.ts';
import { askCorrectionStage } from './pipeline/stages/ask-correction.ts';
import { classifyStage } from './pipeline/stages/classify.ts';
import { demoDedupeStage } from './pipeline/stages/demo-dedupe.ts';
import { finaliseStage } from './pipeline/stages/finalise.ts';
import { handOverStage } from './pipeline/stages/hand-over.ts';
import { qualityStage } from './pipeline/stages/quality.ts';
import { receiveStage } from './pipeline/stages/receive.ts';
import { uinStage } from './pipeline/stages/uin.ts';
import { validateStage } from './pipeline/stages/validate.ts';
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
  stop(): Promise<void>;
}

const BATCH_SIZE = 50;
const WINDOW = 1_000;
const PARKED_CHECK_EVERY_MS = 60 * 60 * 1_000;

export async function startCore(options: CoreOptions): Promise<Core> {
  const { folder, now, log } = options;
  const keys = await openCoreKeys(join(folder, 'core-keys.json'), options.passphrase);
  const store = await openStore({
    folder: join(folder, 'store'),
    ...(options.couchdbUrl ? { couchdbUrl: options.couchdbUrl, couchdb: { prefix: options.couchdbPrefix } } : {}),
    onFatal: (error) => log.fatal({ err: error }, 'the store is failing; stop the core and check the disk'),
  });
  const databases = await openCoreDatabases(store);
  const vault = openVault(join(folder, 'vault'));
  const register = openStationRegister(databases.stations, now);

  const flows = new Map<string, LoadedFlow>();
  const stages: Stage[] = [
    receiveStage(databases, keys),
    validateStage(DEFAULT_ENROLMENT_POLICY),
    classifyStage,
    qualityStage(DEFAULT_QUALITY_POLICY),
    askCorrectionStage(databases, keys),
    demoDedupeStage(databases, keys),
    uinStage(databases, UIN_PRESETS.mosip),
    handOverStage(databases, ({ process }) => flows.get(process)),
    finaliseStage(databases, keys, (station) => register.active(station)),
  ];
  for (const flow of [NEW_FLOW, CORRECTION_FLOW]) flows.set(flow.name, loadFlow(flow, stages));
  const flowOf = flowIn(flows);

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
  const parkedCheck = setInterval(() => {
    expireParked(databases.registrations, flowOf, now()).catch((error) => log.error({ err: error }, 'parked check'));
  }, PARKED_CHECK_EVERY_MS);

  const gateway = createServer(
    createGateway({
      databases,
      vault,
      register,
      card: coreCardOf(keys),
      processes: new Set(flows.keys()),
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
  const { port } = gateway.address() as AddressInfo;
  const url = `http://${options.host}:${port}/`;

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
    stop: async () => {
      clearInterval(parkedCheck);
      gateway.close();
      gateway.closeAllConnections();
      await engine.stop();
      await store.close();
    },
  };
}

function flowIn(flows: ReadonlyMap<string, LoadedFlow>): (registration: StoredRegistration) => LoadedFlow {
  return ({ _id, process }) => {
    const flow = flows.get(process);
    if (!flow) throw new Error(`There is no flow for ${process}, which registration ${_id} needs.`);
    return flow;
  };
}
