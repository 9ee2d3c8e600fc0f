/** The core at work in one process: gateway and pipeline over an open core. */
import { join } from 'node:path';
import { answerOrders } from './courier/answer-orders.ts';
import { openCourier } from './courier/courier.ts';
import { createGateway } from './gateway/app.ts';
import { openCoreWord } from './gateway/channel/core-word.ts';
import { openPolls } from './gateway/channel/open-polls.ts';
import { listen, type TlsIdentity } from './gateway/door/gateway-server.ts';
import { IncomingStore } from './gateway/uploads/incoming-store.ts';
import { watchUnfinished } from './gateway/uploads/unfinished-uploads.ts';
import type { UploadSettings } from './gateway/uploads/upload-routes.ts';
import { watchMaster } from './master/master-view.ts';
import { type CoreAdministration, type OpenCoreOptions, openCore } from './open-core.ts';
import { startEngine } from './pipeline/engine.ts';
import { watchParked } from './pipeline/parked-deadlines.ts';
import { loadShippedFlows } from './pipeline/shipped-flows.ts';

export interface CoreOptions extends OpenCoreOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Without it the gateway speaks plain HTTP. */
  readonly tls?: TlsIdentity | undefined;
  readonly consoleToken: string;
  readonly uploads?: UploadSettings;
  /** How often a station is told, while it sends, how much of a packet is durable. */
  readonly progressMs?: number;
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
/** What a station has asked for is answered before the door is closed. */
const DRAIN_MS = 1_000;
const PARKED_CHECK_EVERY_MS = 60 * 60 * 1_000;
const PROGRESS_MS = 2_000;
const UNFINISHED_CHECK_EVERY_MS = 6 * 60 * 60 * 1_000;

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

  const incoming = new IncomingStore(join(folder, 'incoming'), options.progressMs ?? PROGRESS_MS);
  const { registrations } = databases;
  started.defer(watchUnfinished({ incoming, registrations, now, log }, UNFINISHED_CHECK_EVERY_MS));

  const terms = { processes, masterOf: master.of };
  const courier = await openCourier({ folder, core, terms, now, log });
  started.defer(await answerOrders({ folder, courier, now, log }));

  const polls = openPolls();
  const gateway = await listen(
    createGateway({
      databases,
      vault,
      register: stations,
      card: core.card,
      processes,
      masterOf: master.of,
      sayCoreWord: openCoreWord(keys, databases.registrations, now),
      polls,
      incoming,
      uploads: options.uploads ?? {},
      consoleFolder: join(import.meta.dirname, 'console', 'dist'),
      consoleToken: options.consoleToken,
      now,
      log,
    }),
    options,
  );
  started.defer(() => gateway.close(() => polls.drain(DRAIN_MS)));
  const { url } = gateway;

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
