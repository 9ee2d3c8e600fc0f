/** The stages that come with Enroute, built once over what they need. Flows name them. */
import { DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import { DEFAULT_QUALITY_POLICY } from '@enroute/shared/policy/quality-policy.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { UIN_PRESETS } from '@enroute/shared/uin/rules.ts';
import type { CoreDatabases } from '../databases.ts';
import type { CoreKeys } from '../keys.ts';
import type { MasterOf } from '../master/master-view.ts';
import type { EventDraft } from './events/event.ts';
import { sendEvents } from './events/send-events.ts';
import type { Flows } from './flow/flow.ts';
import type { Stage } from './stage.ts';
import { askCorrectionStage } from './stages/ask-correction.ts';
import { changeIdentityStage } from './stages/change-identity.ts';
import { classifyStage } from './stages/classify.ts';
import { cmdStage } from './stages/cmd.ts';
import { demoDedupeStage } from './stages/demo-dedupe.ts';
import { finaliseStage } from './stages/finalise.ts';
import { findPersonStage } from './stages/find-person.ts';
import { handOverStage } from './stages/hand-over.ts';
import { introducerLateStage, introducerStage } from './stages/introducer.ts';
import { operatorStage } from './stages/operator.ts';
import { packetStage } from './stages/packet.ts';
import { qualityStage } from './stages/quality.ts';
import { receiveStage } from './stages/receive.ts';
import { supervisorStage } from './stages/supervisor.ts';
import { switchIdentityStage } from './stages/switch-identity.ts';
import { uinStage } from './stages/uin.ts';
import { verifyPersonStage } from './stages/verify-person.ts';

export interface StageParts {
  readonly databases: CoreDatabases;
  readonly keys: CoreKeys;
  /** The keys of a station that is registered. */
  readonly stationCard: (station: string) => Promise<StationCard>;
  /** The master data of a station. */
  readonly masterOf: MasterOf;
  /** The flow that a registration runs on, where this worker has it. */
  readonly flowOf: Flows['flowOf'];
}

export function shippedStages({ databases, keys, stationCard, masterOf, flowOf }: StageParts): Stage[] {
  const policy = DEFAULT_ENROLMENT_POLICY;
  const send = (events: readonly EventDraft[]): Promise<void> => sendEvents(events, databases.events);
  const introducer = { databases, keys, neededBy: policy.introducer.neededBy, sendEvents: send };
  return [
    receiveStage(databases, keys),
    packetStage(policy),
    classifyStage,
    cmdStage(policy, masterOf),
    operatorStage(policy, masterOf),
    supervisorStage(masterOf),
    introducerStage(introducer),
    introducerLateStage(introducer),
    qualityStage(DEFAULT_QUALITY_POLICY),
    askCorrectionStage(databases, keys),
    demoDedupeStage(databases, keys),
    uinStage(databases, UIN_PRESETS.mosip),
    findPersonStage(databases, keys),
    verifyPersonStage(databases),
    changeIdentityStage(databases, keys, policy),
    switchIdentityStage(databases, keys),
    handOverStage({ databases, flowOf, sendEvents: send }),
    finaliseStage({ databases, keys, stationCard, successOf: (registration) => flowOf(registration)?.success }),
  ];
}
