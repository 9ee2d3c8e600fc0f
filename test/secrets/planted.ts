/** What the test of secrets plants: nothing of it can be met by chance, and nothing of it may be found anywhere. */
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { person } from '../simulation/people/people.ts';

export const STATION = '1000110077';
export const SECRETS = {
  ENROUTE_STATION_PASSPHRASE: 'passphrase-śtation-9f3a planted',
  ENROUTE_OPERATOR_PASSWORD: 'password-öperator-71cc planted',
  ENROUTE_SUPERVISOR_PASSWORD: 'password-şupervisor-c02d planted',
  ENROUTE_LOCAL_TOKEN: 'token-local-api-b04e-planted',
} as const;

/** What stands in the forms of the people who come. */
export const PERSONAL = {
  name: 'Żófía Ñandú-Quillabamba',
  'name in Arabic': 'زُليخة القنديلجي الموصلي',
  address: '17 ḩārat al-Lôtus, Ōtautahi-Planted',
  email: 'zofia.planted@example.org',
} as const;

/** The same people every time; each has the planted form, under a name with a number of its own. */
export async function plantedEnrolment(index: number, now: Date): Promise<Enrolment> {
  const { enrolment } = await person(4711, index, { now, station: STATION });
  const text = (eng: string, ara: string) => [
    { language: 'eng', value: eng },
    { language: 'fra', value: eng },
    { language: 'ara', value: ara },
  ];
  const fullName = text(`${PERSONAL.name} ${index}`, `${PERSONAL['name in Arabic']} ${index}`);
  const addressLine1 = text(PERSONAL.address, PERSONAL.address);
  return { ...enrolment, identity: { ...enrolment.identity, fullName, addressLine1, email: PERSONAL.email } };
}
