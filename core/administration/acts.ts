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
import { addPersonAct, closePersonAct, linkPersonAct, listPeopleAct } from './people-acts.ts';
import { inviteAct, listStationsAct, reinstateAct, revokeAct, suspendAct } from './station-acts.ts';

export const ACTS: readonly AnyAct[] = [
  anyAct(registerAct),
  anyAct(conservationAct),
  anyAct(deadLettersAct),
  anyAct(resumeAct),
  anyAct(setMasterAct),
  anyAct(showMasterAct),
  anyAct(backUpAct),
  anyAct(setAsideAct),
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
];
