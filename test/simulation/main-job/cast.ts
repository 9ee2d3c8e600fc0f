/**
 * Who comes to the desk in the main job, and what is to become of each: the plan that the run is held to. Always the
 * same people for the same job, so that a run that was killed goes on with the next one.
 */
import { readMosipFolder } from '@enroute/edge-agent/import/mosip-folder.ts';
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { enrolmentFromMosip } from '@enroute/shared/mosip/import.ts';
import { duplicateOf, person, recaptured, type SimulatedPerson } from '../people/people.ts';
import type { Job } from './job-file.ts';

export interface Comer {
  readonly enrolment: Enrolment;
  /** What the reader of the table should know: "planted duplicate of #2". */
  readonly remark: string;
  readonly plan: Plan;
  /** Doubts about imported contents. */
  readonly findings: readonly string[];
  /** The person comes back now and is captured again, well. */
  comeAgain(now: Date): Promise<Enrolment>;
}

/** What must become of a person. */
export interface Plan {
  /** Registrations of the same person have the same name. One of them is completed, whichever the core came to first. */
  readonly samePerson: string;
  /** Whether a correction task comes first. */
  readonly corrected: boolean;
}

/** With fewer people there is no room for the two planted ones. */
const PLANTED_FROM = 4;
const ORIGINAL = 1;

/** Index in the queue of people of the planted duplicate, and of the one whose fingers come out too poor. */
const duplicateAt = (job: Job): number => (job.people >= PLANTED_FROM ? job.people - 2 : -1);
const poorAt = (job: Job): number => (job.people >= PLANTED_FROM ? Math.floor(job.people / 2) : -1);

export function castSize(job: Job): number {
  return job.people + job.from.length;
}

export async function comer(job: Job, index: number): Promise<Comer> {
  const folder = job.from[index - job.people];
  if (index >= job.people && folder !== undefined) return imported(folder, index);
  // One a minute before the run began: nobody is sealed before they were captured.
  const now = new Date(Date.parse(job.startedAt) - (castSize(job) - index) * 60_000);
  const options = { now, station: job.station };
  if (index === duplicateAt(job)) {
    const original = await person(job.seed, ORIGINAL, options);
    const again = await duplicateOf(original, { now });
    return generated(again, `planted duplicate of #${ORIGINAL + 1}`, {
      samePerson: `#${ORIGINAL + 1}`,
      corrected: false,
    });
  }
  if (index === poorAt(job)) {
    const poor = await person(job.seed, index, { ...options, poorQuality: 'leftSlap' });
    return generated(poor, 'poor fingers', { samePerson: `#${index + 1}`, corrected: true });
  }
  return generated(await person(job.seed, index, options), '', { samePerson: `#${index + 1}`, corrected: false });
}

function generated(who: SimulatedPerson, remark: string, plan: Plan): Comer {
  const comeAgain = async (now: Date): Promise<Enrolment> => (await recaptured(who, { now })).enrolment;
  return { enrolment: who.enrolment, remark, plan, findings: [], comeAgain };
}

async function imported(folder: string, index: number): Promise<Comer> {
  const { enrolment, findings } = enrolmentFromMosip(await readMosipFolder(folder));
  return {
    // The contents say nothing of consent; whoever enrols them at this desk has been asked.
    enrolment: { ...enrolment, consent: true },
    remark: 'real packet contents',
    plan: { samePerson: `#${index + 1}`, corrected: false },
    findings: findings.map(({ code, sentence }) => `${code}: ${sentence}`),
    comeAgain: async () => enrolment,
  };
}
