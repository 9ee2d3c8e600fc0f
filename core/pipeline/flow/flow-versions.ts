/**
 * The flows that a process has at hand. A registration stays on the version that it entered; new ones enter the newest.
 * So a flow is replaced while registrations are on their way. A country's versions are above all shipped ones (see
 * shipped-flows.ts), so that a country's flow stays the newest when a release brings another one.
 */
import type { Flows, LoadedFlow } from './flow.ts';
import { FlowError } from './flow-error.ts';
import { labelOf } from './load-flow.ts';

/** @throws FlowError when two of them are the same version of the same flow. */
export function flowsOf(loaded: readonly LoadedFlow[]): Flows {
  const versions = new Map<string, Map<number, LoadedFlow>>();
  for (const flow of newestFirst(loaded)) {
    const those = versions.get(flow.name) ?? new Map<number, LoadedFlow>();
    if (those.has(flow.version))
      throw new FlowError([`${labelOf(flow)}: it stands twice; a changed flow needs a higher version`]);
    versions.set(flow.name, those.set(flow.version, flow));
  }
  const newest = (process: string): LoadedFlow | undefined => versions.get(process)?.values().next().value;
  const version = (process: string, number: number): LoadedFlow | undefined => versions.get(process)?.get(number);
  return {
    processes: new Set(versions.keys()),
    newest,
    version,
    flowOf: ({ process, flow }) => (flow ? version(flow.name, flow.version) : newest(process)),
    all: () => [...versions.values()].flatMap((those) => [...those.values()]),
  };
}

function newestFirst(flows: readonly LoadedFlow[]): LoadedFlow[] {
  return [...flows].sort((one, other) => other.version - one.version);
}
