/**
 * Center, machine, operator and supervisor against the core's word on them, at the time of the capture: whoever leaves or
 * is closed later does not condemn what was captured before.
 */
import type { PersonRole } from '../../schemas/cards.ts';
import { isWorkingTime } from '../../schemas/working-hours.ts';
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal } from '../finding.ts';
import { isWithin, type MasterData } from '../master-data.ts';

const CENTER_DIGITS = 5;

export function checkPlaces(
  { station, capturedAt }: Pick<EnrolmentFacts, 'station' | 'capturedAt'>,
  master: MasterData,
): Finding[] {
  const findings: Finding[] = [];
  if (master.center && !isWithin(master.center, capturedAt)) {
    findings.push(refusal('ENR-CMD-001', station.slice(0, CENTER_DIGITS)));
  }
  if (master.hours && !isWorkingTime(master.hours, capturedAt)) {
    findings.push(refusal('ENR-CMD-009', station.slice(0, CENTER_DIGITS)));
  }
  if (master.machine && !isWithin(master.machine, capturedAt)) findings.push(refusal('ENR-CMD-002', station));
  return findings;
}

export function checkOperator(
  { operator, capturedAt }: Pick<EnrolmentFacts, 'operator' | 'capturedAt'>,
  master: MasterData,
): Finding[] {
  return mayServe(operator, 'operator', capturedAt, master) ? [] : [refusal('ENR-CMD-003', 'operator')];
}

/**
 * The packet does not name its supervisor, the manifest does: asked at the station when someone approves, at the core
 * when the manifest comes, and by the supervisor stage.
 * @param at when the packet was made (`createdAt` of the manifest)
 */
export function checkSupervisor(supervisor: string, at: string, master: MasterData | undefined): Finding[] {
  if (!master || mayServe(supervisor, 'supervisor', at, master)) return [];
  return [refusal('ENR-CMD-004', 'supervisor')];
}

function mayServe(id: string, role: PersonRole, at: string, { people }: MasterData): boolean {
  if (!people) return true;
  const entries = people.filter((one) => one.id === id && one.roles.includes(role));
  return entries.some(({ periods }) => isWithin(periods, at));
}
