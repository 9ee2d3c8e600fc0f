/** By what the core judges at this moment: the flows that it has, and the country's master data as it was set last. */
import type { Logger } from 'pino';
import { type MasterOf, watchMaster } from '../master/master-view.ts';
import type { OpenedCore } from '../open-core.ts';
import { type Flows, loadShippedFlows } from './shipped-flows.ts';

export interface Terms extends Flows {
  readonly masterOf: MasterOf;
  stop(): Promise<void>;
}

export async function openTerms(
  { databases, keys, stations }: Pick<OpenedCore, 'databases' | 'keys' | 'stations'>,
  log: Logger,
): Promise<Terms> {
  const master = await watchMaster(databases.master, log);
  try {
    const flows = loadShippedFlows(databases, keys, (station) => stations.card(station), master.of);
    return { ...flows, masterOf: master.of, stop: () => master.stop() };
  } catch (error) {
    await master.stop();
    throw error;
  }
}
