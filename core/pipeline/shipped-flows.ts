/** The flows that are at hand: those that come with Enroute, and the country's own files, over the stages of both. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import type { CoreDatabases } from '../databases.ts';
import type { CoreKeys } from '../keys.ts';
import type { MasterOf } from '../master/master-view.ts';
import type { Flow, Flows, LoadedFlow } from './flow/flow.ts';
import { FlowError } from './flow/flow-error.ts';
import { readFlow } from './flow/flow-file.ts';
import { flowsOf } from './flow/flow-versions.ts';
import { labelOf, loadFlow } from './flow/load-flow.ts';
import { shippedStages } from './shipped-stages.ts';
import type { Stage } from './stage.ts';

const SHIPPED = join(import.meta.dirname, 'flows');
/** Below are the versions of shipped flows: so a country's own is the newest, whatever a later release brings. */
const FIRST_COUNTRY_VERSION = 1_000;

/** What a country adds. */
export interface CountryPipeline {
  readonly stages?: readonly Stage[];
  /** Paths of flow files. Their versions begin at 1000; of a process that has one, new registrations enter the highest. */
  readonly flowFiles?: readonly string[];
}

/**
 * @param stationCard the keys of a station that is registered
 * @param masterOf the master data of a station; none when absent
 * @throws FlowError that names everything that is wrong with any of them
 */
export function loadShippedFlows(
  databases: CoreDatabases,
  keys: CoreKeys,
  stationCard: (station: string) => Promise<StationCard>,
  masterOf: MasterOf = () => undefined,
  { stages = [], flowFiles = [] }: CountryPipeline = {},
): Flows {
  let flows: Flows | undefined;
  const flowOf: Flows['flowOf'] = (registration) => flows?.flowOf(registration);
  const all = [...shippedStages({ databases, keys, stationCard, masterOf, flowOf }), ...stages];
  flows = loadFlowFiles(shippedFlowFiles(), flowFiles, all);
  return flows;
}

function shippedFlowFiles(): string[] {
  return readdirSync(SHIPPED)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(SHIPPED, name));
}

/** Read once, at the start. @throws FlowError that names everything that is wrong with any of them */
function loadFlowFiles(shipped: readonly string[], country: readonly string[], stages: readonly Stage[]): Flows {
  const problems = twice(stages).map((name) => `There are two stages of the name "${name}"`);
  const loaded: LoadedFlow[] = [];
  for (const path of [...shipped, ...country]) {
    try {
      const flow = readFlowFile(path);
      if (shipped.includes(path) === flow.version >= FIRST_COUNTRY_VERSION) problems.push(misnumbered(flow, path));
      loaded.push(loadFlow(flow, stages));
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      problems.push(...error.problems.map((problem) => (problem.startsWith(path) ? problem : `${path}: ${problem}`)));
    }
  }
  if (problems.length > 0) throw new FlowError(problems);
  return flowsOf(loaded);
}

function misnumbered(flow: Flow, path: string): string {
  const range = `a country's own begin at ${FIRST_COUNTRY_VERSION}, those that come with Enroute are below`;
  return `${path}: ${labelOf(flow)}: it can not have this version; ${range}`;
}

/** @throws FlowError when it can't be read, and as `readFlow` does. */
function readFlowFile(path: string): Flow {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new FlowError([
      `${path}: it can not be read (${error instanceof Error && 'code' in error ? error.code : error})`,
    ]);
  }
  return readFlow(text, path);
}

function twice(stages: readonly Stage[]): string[] {
  const names = stages.map(({ name }) => name);
  return [...new Set(names.filter((name, nth) => names.indexOf(name) !== nth))];
}
