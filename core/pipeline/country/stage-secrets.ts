/** The secrets that stages share with their services: from the environment, never from the configuration file. */

import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { secret, takeSecrets } from '@enroute/sync/settings/secrets.ts';
import type { CountryStageConfig } from './stage-config.ts';

const LEAST_CHARACTERS = 32;

/** By the name of the stage. */
export type StageSecrets = ReadonlyMap<string, string>;

/**
 * They are not in the environment any more afterwards.
 * @throws EnrouteError ENR-STG-008 that names each variable which is missing or too short.
 */
export function readStageSecrets(stages: readonly CountryStageConfig[], environment: NodeJS.ProcessEnv): StageSecrets {
  const asked = stages.flatMap(({ name, service }) => (service ? [[name, service.secretFrom] as const] : []));
  if (asked.length === 0) return new Map();
  const schema = secret('is shared by the core and the service of a stage', LEAST_CHARACTERS);
  const found = takeSecrets(
    environment,
    asked.map(([, variable]) => variable),
  );
  const wrong = asked.filter(([, variable]) => !schema.safeParse(found[variable]).success);
  if (wrong.length > 0) {
    const lines = wrong.map(
      ([name, variable]) => `${variable}: the secret of the stage ${name}, at least ${LEAST_CHARACTERS} characters`,
    );
    throw new EnrouteError('ENR-STG-008', lines.join('\n'));
  }
  return new Map(asked.map(([name, variable]) => [name, found[variable] ?? '']));
}
