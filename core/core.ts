/** The core at work in one process: gateway and worker over an open core. */
import { answerAdministration } from './administration/orders.ts';
import { openCourier } from './courier/courier.ts';
import { answerCourierOrders } from './courier/orders.ts';
import { type GatewayPlace, type GatewaySettings, startGateway } from './gateway/start-gateway.ts';
import { type CoreAdministration, type OpenCoreOptions, openCore } from './open-core.ts';
import { type CountrySettings, NO_COUNTRY, openCountry } from './pipeline/country/open-country.ts';
import { newRegistry } from './pipeline/observe/instruments.ts';
import { openTerms } from './pipeline/open-terms.ts';
import { DEFAULT_WORKER, startWorker, type WorkerSettings } from './pipeline/start-worker.ts';

export interface CoreOptions extends OpenCoreOptions, GatewayPlace {
  readonly gateway?: GatewaySettings;
  readonly worker?: Partial<WorkerSettings>;
  readonly country?: CountrySettings;
}

export interface Core extends CoreAdministration {
  /** e.g. "http://127.0.0.1:40123/" */
  readonly url: string;
  stop(): Promise<void>;
}

/** When a part can't be started, those before it are stopped again. */
export async function startCore(options: CoreOptions): Promise<Core> {
  const { folder, now, log } = options;
  await using started = new AsyncDisposableStack();
  let gatewayUrl: string | undefined;
  const core = await openCore(
    { gatewayUrl: () => gatewayUrl ?? '', gatewayCertificate: () => options.tls?.cert, ...options },
    'create',
  );
  started.defer(() => core.close());
  const country = await openCountry(options.country ?? NO_COUNTRY, core, now, log);
  started.defer(() => country.stop());
  const terms = await openTerms(core, log, country);
  started.defer(() => terms.stop());
  const registry = newRegistry(core.databases.checkpoints, now);
  started.defer(await startWorker({ core, terms, registry, now, log }, { ...DEFAULT_WORKER, ...options.worker }));
  // Where other processes reach the store, commands do it themselves.
  if (!core.isShared) {
    const courier = await openCourier({ folder, core, terms, now, log });
    started.defer(await answerCourierOrders({ folder, courier, audit: core.audit, now, log }));
    started.defer(await answerAdministration({ folder, core, now, log }));
  }
  const gateway = await startGateway(
    { folder, core, terms, country, registry, now, log },
    options,
    options.gateway ?? {},
  );
  started.defer(() => gateway.stop());
  gatewayUrl = gateway.url;

  const parts = started.move();
  const {
    card,
    register,
    people,
    stationAdministration,
    conservation,
    history,
    deadLetters,
    resume,
    setMaster,
    master,
  } = core;
  return {
    card,
    register,
    people,
    stationAdministration,
    conservation,
    history,
    deadLetters,
    resume,
    setMaster,
    master,
    url: gateway.url,
    stop: () => parts.disposeAsync(),
  };
}
