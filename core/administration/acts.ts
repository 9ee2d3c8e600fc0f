/** Every act that a running core carries out for a command. */
import { type AnyAct, anyAct } from './act.ts';
import { listAuditAct, verifyAuditAct } from './audit-acts.ts';
import {
  backUpAct,
  conservationAct,
  deadLettersAct,
  registerAct,
  resumeAct,
  setAsideAct,
  setMasterAct,
  showMasterAct,
} from './core-acts.ts';
import { flowCensusAct, migrateFlowAct } from './flow-acts.ts';
import { addPersonAct, closePersonAct, linkPersonAct, listPeopleAct } from './people-acts.ts';
import { pipelineStatusAct } from './pipeline-acts.ts';
import {
  listRulesAct,
  lookAct,
  orderAct,
  orderOneAct,
  orderStatusAct,
  previewAct,
  previewRuleAct,
  removeRuleAct,
  setRuleAct,
  showRegistrationAct,
} from './registration-acts.ts';
import { inviteAct, listStationsAct, reinstateAct, revokeAct, suspendAct } from './station-acts.ts';

export const ACTS: readonly AnyAct[] = [
  anyAct(registerAct),
  anyAct(conservationAct),
  anyAct(pipelineStatusAct),
  anyAct(deadLettersAct),
  anyAct(resumeAct),
  anyAct(setMasterAct),
  anyAct(showMasterAct),
  anyAct(backUpAct),
  anyAct(setAsideAct),
  anyAct(flowCensusAct),
  anyAct(migrateFlowAct),
  anyAct(addPersonAct),
  anyAct(linkPersonAct),
  anyAct(closePersonAct),
  anyAct(listPeopleAct),
  anyAct(verifyAuditAct),
  anyAct(listAuditAct),
  anyAct(inviteAct),
  anyAct(listStationsAct),
  anyAct(suspendAct),
  anyAct(reinstateAct),
  anyAct(revokeAct),
  anyAct(showRegistrationAct),
  anyAct(lookAct),
  anyAct(previewAct),
  anyAct(orderAct),
  anyAct(orderOneAct),
  anyAct(orderStatusAct),
  anyAct(listRulesAct),
  anyAct(previewRuleAct),
  anyAct(setRuleAct),
  anyAct(removeRuleAct),
];
