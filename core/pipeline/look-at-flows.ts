/** The flows of a core as they would be loaded, without opening it: to check them, to show them, to plan with them. */
import { newSealingKeyPair, newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { pino } from 'pino';
import { noDatabases } from '../config/closed-database.ts';
import { type CountrySettings, openCountry } from './country/open-country.ts';
import type { Flows } from './flow/flow.ts';
import { loadShippedFlows } from './shipped-flows.ts';

/** What a configuration adds to the pipeline. Its secrets are not needed: nobody is asked anything. */
export type CountryDeclared = Pick<CountrySettings, 'stages' | 'flowFiles'>;

const SECRET_BYTES = 32;

/**
 * @returns flows whose stages only tell what they are
 * @throws FlowError that names everything that is wrong with any of them. EnrouteError ENR-STG-008 when a stage of the
 *   country is not as it must be.
 */
export async function lookAtFlows(declared: CountryDeclared = { stages: [], flowFiles: [] }): Promise<Flows> {
  const secret = new Uint8Array(SECRET_BYTES);
  const keys = {
    epoch: '',
    generation: 0,
    earlier: [],
    signing: newSigningKeyPair(),
    sealing: newSealingKeyPair(),
    storage: secret,
    dedupe: secret,
  };
  const secrets = new Map(declared.stages.map(({ name }) => [name, '']));
  const now = (): Date => new Date(0);
  const country = await openCountry({ ...declared, secrets }, { keys }, now, pino({ level: 'silent' }));
  await country.stop();
  const noStation = (): Promise<never> => Promise.reject(new Error('no station is asked for'));
  return loadShippedFlows(noDatabases(), keys, noStation, undefined, country);
}
