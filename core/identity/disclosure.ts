/** How much of a number the station is told: all of it to hand it to the person, and of one that they gave only its end. */
import type { Process } from '@enroute/shared/enrolment/enrolment.ts';
import type { ResultContent } from '@enroute/shared/schemas/result.ts';

type Disclosure = ResultContent['disclosure'];

const DISCLOSURES: Readonly<Record<Process, Disclosure>> = {
  NEW: 'full',
  LOST: 'full',
  UPDATE: 'masked',
  RES_UPDATE: 'masked',
  ACTIVATE: 'masked',
  DEACTIVATE: 'masked',
  CORRECTION: 'masked',
};

/** Enough to tell a person's number from that of another in the family. */
const VISIBLE_DIGITS = 4;

export function disclose(uin: string, process: Process): Pick<ResultContent, 'disclosure' | 'uin'> {
  const disclosure = DISCLOSURES[process];
  if (disclosure === 'full') return { disclosure, uin };
  const visible = uin.slice(-VISIBLE_DIGITS);
  return { disclosure, uin: visible.padStart(uin.length, '*') };
}
