import { PROCESSES, type Process } from '../enrolment/enrolment.ts';

/** MOSIP's own names where they differ from ours. */
const MOSIP_NAMES: Partial<Record<Process, string>> = {
  ACTIVATE: 'ACTIVATED',
  DEACTIVATE: 'DEACTIVATED',
  CORRECTION: 'BIOMETRIC_CORRECTION',
};

export function mosipNameOf(process: Process): string {
  return MOSIP_NAMES[process] ?? process;
}

/** By MOSIP's name or ours, in whatever case; undefined when it is neither. */
export function processOf(name: string | undefined): Process | undefined {
  const wanted = name?.toUpperCase();
  return PROCESSES.find((process) => process === wanted || mosipNameOf(process) === wanted);
}
