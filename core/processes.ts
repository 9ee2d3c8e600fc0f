/** Gateway and worker as processes of their own, on a store that several processes use. */
import { type GatewayPlace, type GatewaySettings, type RunningGateway, startGateway } from './gateway/start-gateway.ts';
import { type OpenCoreOptions, openCore } from './open-core.ts';
import { type CountrySettings, NO_COUNTRY, openCountry } from './pipeline/country/open-country.ts';
import { newRegistry } from './pipeline/observe/instruments.ts';
import { serveMetrics } from './pipeline/observe/metrics-server.ts';
import { openTerms } from './pipeline/open-terms.ts';
import { startWorker, type WorkerSettings } from './pipeline/start-worker.ts';

interface WorkerGiven {
  readonly worker: WorkerSettings;
  /** Where what the worker measures of itself can be read; nowhere when it is not said. */
  readonly metrics?: { readonly host: string; readonly port: number } | undefined;
}

interface CountryGiven {
  readonly country?: CountrySettings;
}

/** When a part can't be started, those before it are stopped again. */
export async function startGatewayProcess(
  options: OpenCoreOptions & GatewayPlace & CountryGiven & { readonly gateway: GatewaySettings },
): Promise<RunningGateway> {
  const { folder, now, log } = options;
  await using started = new AsyncDisposableStack();
  const core = await openCore({ gatewayCertificate: () => options.tls?.cert, ...options }, 'refuse');
  started.defer(() => core.close());
  const country = await openCountry(options.country ?? NO_COUNTRY, core, now, log);
  started.defer(() => country.stop());
  const terms = await openTerms(core, log, country);
  started.defer(() => terms.stop());
  const registry = newRegistry(core.databases.checkpoints, now);
  const gateway = await startGateway({ folder, core, terms, country, registry, now, log }, options, options.gateway);
  started.defer(() => gateway.stop());
  const parts = started.move();
  return { url: gateway.url, stop: () => parts.disposeAsync() };
}

export async function startWorkerProcess(
  options: OpenCoreOptions & CountryGiven & WorkerGiven,
): Promise<{ stop(): Promise<void> }> {
  const { now, log } = options;
  await using started = new AsyncDisposableStack();
  const core = await openCore(options, 'refuse');
  started.defer(() => core.close());
  const country = await openCountry(options.country ?? NO_COUNTRY, core, now, log);
  started.defer(() => country.stop());
  const terms = await openTerms(core, log, country);
  started.defer(() => terms.stop());
  const registry = newRegistry(core.databases.checkpoints, now);
  started.defer(await startWorker({ core, terms, registry, now, log }, options.worker));
  const { metrics } = options;
  if (metrics) {
    const server = await serveMetrics(registry, metrics.host, metrics.port);
    started.defer(() => server.stop());
  }
  const parts = started.move();
  return { stop: () => parts.disposeAsync() };
}
