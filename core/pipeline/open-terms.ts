/** By what the core judges at this moment: the flows that it has, and the country's master data as it was set last. */
import type { Logger } from 'pino';
import { type MasterOf, watchMaster } from '../master/master-view.ts';
import type { OpenedCore } from '../open-core.ts';
import { watchRegister } from '../stations/watched-register.ts';
import type { Flows } from './flow/flow.ts';
import { type CountryPipeline, loadShippedFlows } from './shipped-flows.ts';

export interface Terms extends Flows {
  readonly masterOf: MasterOf;
  stop(): Promise<void>;
}

/** @throws FlowError when anything is wrong with a flow */
export async function openTerms(
  { databases, keys, stations }: Pick<OpenedCore, 'databases' | 'keys' | 'stations'>,
  log: Logger,
  country: CountryPipeline = {},
): Promise<Terms> {
  await using opened = new AsyncDisposableStack();
  const master = await watchMaster(databases.master, log);
  opened.defer(() => master.stop());
  // Each answer is sealed for a station: its card is not to be fetched for each of them.
  const register = await watchRegister({ register: stations, stations: databases.stations, log });
  opened.defer(() => register.stop());
  const flows = loadShippedFlows(databases, keys, (station) => register.card(station), master.of, country);
  const parts = opened.move();
  return { ...flows, masterOf: master.of, stop: () => parts.disposeAsync() };
}
