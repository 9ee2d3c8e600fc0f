/** A country's own stages, as the configuration has them: modules loaded, services ready to be asked. */
import { readFile } from 'node:fs/promises';
import { MAX_COUNTRY_FACTS } from '@enroute/shared/registration/registration.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Logger } from 'pino';
import type { CoreKeys } from '../../keys.ts';
import type { Stage } from '../stage.ts';
import { type AnswerKeys, answerKeys } from './answer-keys.ts';
import { declaredBy } from './country-answer.ts';
import { loadModuleStage } from './module-stage.ts';
import { openServiceClient } from './service-client.ts';
import { serviceStage } from './service-stage.ts';
import { type CountryStageConfig, REFUSAL_FACT, type ServiceConfig } from './stage-config.ts';
import type { StageSecrets } from './stage-secrets.ts';

export interface CountryStagesOptions {
  readonly stages: readonly CountryStageConfig[];
  readonly secrets: StageSecrets;
  readonly keys: Pick<CoreKeys, 'storage'>;
  readonly now: () => Date;
  readonly log: Logger;
}

export interface CountryStages {
  readonly stages: readonly Stage[];
  /** Closes the connections to services. */
  stop(): Promise<void>;
}

const SECOND_MS = 1_000;

/** @throws EnrouteError ENR-STG-008 when a stage is not as it must be. */
export async function loadCountryStages(options: CountryStagesOptions): Promise<CountryStages> {
  await using opened = new AsyncDisposableStack();
  const keys = answerKeys(options.keys.storage);
  const stages: Stage[] = [];
  for (const config of options.stages) {
    const { module, service } = config;
    if (module !== undefined) stages.push(await loadModuleStage({ ...config, module }, options));
    if (service !== undefined) stages.push(await openService(config, service, keys, options, opened));
  }
  requireRoom(stages);
  const parts = opened.move();
  return { stages, stop: () => parts.disposeAsync() };
}

/** A registration that has more of them could not be read again. @throws EnrouteError ENR-STG-008 */
function requireRoom(stages: readonly Stage[]): void {
  const facts = new Set([REFUSAL_FACT, ...stages.flatMap((stage) => stage.facts ?? [])]);
  if (facts.size > MAX_COUNTRY_FACTS) {
    const detail = `all stages together may find out ${MAX_COUNTRY_FACTS - 1} facts, and declare ${facts.size - 1}`;
    throw new EnrouteError('ENR-STG-008', detail);
  }
}

async function openService(
  config: CountryStageConfig,
  service: ServiceConfig,
  keys: AnswerKeys,
  { secrets, now }: CountryStagesOptions,
  opened: AsyncDisposableStack,
): Promise<Stage> {
  const secret = secrets.get(config.name);
  if (secret === undefined) throw new EnrouteError('ENR-STG-008', `${config.name}: its secret is not there`);
  const client = openServiceClient({
    stage: config.name,
    url: service.url,
    ca: await authorityOf(service),
    secret,
    deadlineMs: service.deadlineSeconds * SECOND_MS,
    maxAnswerBytes: service.maxAnswerBytes,
    atOnce: service.atOnce,
    now,
  });
  opened.defer(() => client.close());
  return serviceStage({ declared: declaredBy(config), service, client, keys });
}

async function authorityOf({ ca }: ServiceConfig): Promise<string | undefined> {
  if (ca === undefined) return undefined;
  return readFile(ca, 'utf8').catch((cause: unknown) => {
    throw new EnrouteError('ENR-STG-008', ca, cause);
  });
}
