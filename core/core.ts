/** The core at work in one process: gateway and pipeline over an open core. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createGateway } from './gateway/app.ts';
import { watchMaster } from './master/master-view.ts';
import { type CoreAdministration, type OpenCoreOptions, openCore } from './open-core.ts';
import { startEngine } from './pipeline/engine.ts';
import { watchParked } from './pipeline/parked-deadlines.ts';
import { loadShippedFlows } from './pipeline/shipped-flows.ts';

export interface CoreOptions extends OpenCoreOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly consoleToken: string;
}

export interface Core extends CoreAdministration {
  /** e.g. "http://127.0.0.1:40123/" */
  readonly url: string;
  /** The supervisor's access link. */
  readonly consoleUrl: string;
  stop(): Promise<void>;
}

const BATCH_SIZE = 50;
const WINDOW = 1_000;
const HEADERS_TIMEOUT_MS = 30_000;
/** A connection on which nothing moves for so long is dead; long polls are answered before. */
const IDLE_MS = 120_000;
const PARKED_CHECK_EVERY_MS = 60 * 60 * 1_000;

/** When a part can't be started, those before it are stopped again. */
export async function startCore(options: CoreOptions): Promise<Core> {
  const { folder, now, log } = options;
  await using started = new AsyncDisposableStack();
  const core = await openCore(options, 'create');
  started.defer(() => core.close());
  const { keys, databases, vault, stations } = core;
  const master = await watchMaster(databases.master, log);
  started.defer(() => master.stop());
  const { processes, flowOf } = loadShippedFlows(databases, keys, (station) => stations.card(station), master.of);

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
      register: stations,
      card: core.card,
      processes,
      masterOf: master.of,
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
  gateway.setTimeout(IDLE_MS);
  started.defer(async () => {
    const closed = new Promise((resolve) => gateway.close(resolve));
    gateway.closeAllConnections();
    await closed;
  });
  const { port } = gateway.address() as AddressInfo;
  const url = `http://${options.host}:${port}/`;

  const parts = started.move();
  const { card, register, conservation, history, deadLetters, resume, setMaster, master: readMaster } = core;
  return {
    card,
    register,
    conservation,
    history,
    deadLetters,
    resume,
    setMaster,
    master: readMaster,
    url,
    consoleUrl: `${url}console/?token=${encodeURIComponent(options.consoleToken)}`,
    stop: () => parts.disposeAsync(),
  };
}
