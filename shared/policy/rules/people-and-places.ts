/**
 * Center, machine, operator and supervisor against the core's word on them, at the time of the capture: whoever leaves or
 * is closed later does not condemn what was captured before.
 */
import type { PersonRole } from '../../schemas/cards.ts';
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal } from '../finding.ts';
import { isWithin, type MasterData } from '../master-data.ts';

const CENTER_DIGITS = 5;

export function checkPeopleAndPlaces(
  { station, operator, capturedAt }: Pick<EnrolmentFacts, 'station' | 'operator' | 'capturedAt'>,
  master: MasterData,
): Finding[] {
  const findings: Finding[] = [];
  if (master.center && !isWithin(master.center, capturedAt)) {
    findings.push(refusal('ENR-CMD-001', station.slice(0, CENTER_DIGITS)));
  }
  if (master.machine && !isWithin(master.machine, capturedAt)) findings.push(refusal('ENR-CMD-002', station));
  if (!mayServe(operator, 'operator', capturedAt, master)) findings.push(refusal('ENR-CMD-003', 'operator'));
  return findings;
}

/**
 * The packet does not name its supervisor, the manifest does: asked at the station when someone approves, and at the
 * core when the manifest comes.
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
