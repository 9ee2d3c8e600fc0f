/** The flows that come with Enroute, over the stages that come with it. */
import { DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import { DEFAULT_QUALITY_POLICY } from '@enroute/shared/policy/quality-policy.ts';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { UIN_PRESETS } from '@enroute/shared/uin/rules.ts';
import type { CoreDatabases } from '../databases.ts';
import type { CoreKeys } from '../keys.ts';
import type { MasterOf } from '../master/master-view.ts';
import { type LoadedFlow, loadFlow } from './flow.ts';
import { CORRECTION_FLOW } from './flows/correction.ts';
import { NEW_FLOW } from './flows/new.ts';
import type { Stage } from './stage.ts';
import { askCorrectionStage } from './stages/ask-correction.ts';
import { classifyStage } from './stages/classify.ts';
import { demoDedupeStage } from './stages/demo-dedupe.ts';
import { finaliseStage } from './stages/finalise.ts';
import { handOverStage } from './stages/hand-over.ts';
import { qualityStage } from './stages/quality.ts';
import { receiveStage } from './stages/receive.ts';
import { uinStage } from './stages/uin.ts';
import { validateStage } from './stages/validate.ts';

export interface Flows {
  /** What there is a flow for. */
  readonly processes: ReadonlySet<string>;
  /** @throws Error when there is none for its process. */
  flowOf(registration: Pick<Registration, '_id' | 'process'>): LoadedFlow;
}

/**
 * @param stationCard the keys of a station that is registered
 * @param masterOf the master data of a station; none when absent
 */
export function loadShippedFlows(
  databases: CoreDatabases,
  keys: CoreKeys,
  stationCard: (station: string) => Promise<StationCard>,
  masterOf: MasterOf = () => undefined,
): Flows {
  const flows = new Map<string, LoadedFlow>();
  const stages: Stage[] = [
    receiveStage(databases, keys),
    validateStage(DEFAULT_ENROLMENT_POLICY, masterOf),
    classifyStage,
    qualityStage(DEFAULT_QUALITY_POLICY),
    askCorrectionStage(databases, keys),
    demoDedupeStage(databases, keys),
    uinStage(databases, UIN_PRESETS.mosip),
    handOverStage(databases, ({ process }) => flows.get(process)),
    finaliseStage(databases, keys, stationCard),
  ];
  for (const flow of [NEW_FLOW, CORRECTION_FLOW]) flows.set(flow.name, loadFlow(flow, stages));
  return {
    processes: new Set(flows.keys()),
    flowOf: ({ _id, process }) => {
      const flow = flows.get(process);
      if (!flow) throw new Error(`There is no flow for ${process}, which registration ${_id} needs.`);
      return flow;
    },
  };
}
