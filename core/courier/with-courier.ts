/** The courier of a core that is open for one command, with the terms by which the running core would judge. */
import type { Logger } from 'pino';
import { watchMaster } from '../master/master-view.ts';
import type { OpenedCore } from '../open-core.ts';
import { loadShippedFlows } from '../pipeline/shipped-flows.ts';
import { type Courier, openCourier } from './courier.ts';

export async function withCourier(
  core: OpenedCore,
  { folder, now, log }: { readonly folder: string; readonly now: () => Date; readonly log: Logger },
  work: (courier: Courier) => Promise<void>,
): Promise<void> {
  const { databases, keys, stations } = core;
  const master = await watchMaster(databases.master, log);
  try {
    const { processes } = loadShippedFlows(databases, keys, (station) => stations.card(station), master.of);
    await work(await openCourier({ folder, core, terms: { processes, masterOf: master.of }, now, log }));
  } finally {
    await master.stop();
  }
}
