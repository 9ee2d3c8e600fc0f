/** Gateway and worker as processes of their own, on a store that several processes use. */
import { type GatewayPlace, type GatewaySettings, type RunningGateway, startGateway } from './gateway/start-gateway.ts';
import { type OpenCoreOptions, openCore } from './open-core.ts';
import { openTerms } from './pipeline/open-terms.ts';
import { startWorker, type WorkerSettings } from './pipeline/start-worker.ts';

/** When a part can't be started, those before it are stopped again. */
export async function startGatewayProcess(
  options: OpenCoreOptions & GatewayPlace & { readonly gateway: GatewaySettings },
): Promise<RunningGateway> {
  const { folder, now, log } = options;
  await using started = new AsyncDisposableStack();
  const core = await openCore({ gatewayCertificate: () => options.tls?.cert, ...options }, 'refuse');
  started.defer(() => core.close());
  const terms = await openTerms(core, log);
  started.defer(() => terms.stop());
  const gateway = await startGateway({ folder, core, terms, now, log }, options, options.gateway);
  started.defer(() => gateway.stop());
  const parts = started.move();
  return { url: gateway.url, stop: () => parts.disposeAsync() };
}

export async function startWorkerProcess(
  options: OpenCoreOptions & { readonly worker: WorkerSettings },
): Promise<{ stop(): Promise<void> }> {
  const { now, log } = options;
  await using started = new AsyncDisposableStack();
  const core = await openCore(options, 'refuse');
  started.defer(() => core.close());
  const terms = await openTerms(core, log);
  started.defer(() => terms.stop());
  started.defer(await startWorker({ core, terms, now, log }, options.worker));
  const parts = started.move();
  return { stop: () => parts.disposeAsync() };
}
