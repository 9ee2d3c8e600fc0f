/** What is saved again and again: the sample packet where there is one, an invented person of about its size otherwise. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readMosipFolder } from '@enroute/edge-agent/import/mosip-folder.ts';
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { enrolmentFromMosip } from '@enroute/shared/mosip/import.ts';
import { person } from '@enroute/test/simulation/people/people.ts';

const SAMPLE =
  process.env.ENROUTE_SAMPLE_PACKET ?? resolve(import.meta.dirname, '../../../../shared/samples/mosip-packet');

export interface Input {
  readonly name: 'sample packet' | 'generated person';
  readonly enrolment: Enrolment;
}

export async function readInput(now: Date): Promise<Input> {
  if (!existsSync(SAMPLE)) return { name: 'generated person', enrolment: (await person(1, 1, { now })).enrolment };
  const { enrolment } = enrolmentFromMosip(await readMosipFolder(SAMPLE));
  // The sample was made without it, and no desk saves anything without.
  return { name: 'sample packet', enrolment: { ...enrolment, consent: true } };
}
