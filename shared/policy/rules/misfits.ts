/**
 * What fits no packet can not be sealed: told while it can still be mended. The desk's alone, because nothing of the kind
 * ever reaches the core.
 */
import type { DeskFacts } from '../enrolment-facts.ts';
import { type Finding, refusal } from '../finding.ts';

export function checkMisfits({ misfits }: Pick<DeskFacts, 'misfits'>): Finding[] {
  return misfits.map((place) => refusal('ENR-PKT-008', place));
}
