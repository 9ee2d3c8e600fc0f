/** What a country has added to the pipeline, at hand: its stages, its flow files, and where its services answer later. */
import type { Logger } from 'pino';
import type { OpenedCore } from '../../open-core.ts';
import type { CountryPipeline } from '../shipped-flows.ts';
import { type AnswerDesk, desksOf } from './answer-desk.ts';
import { type AnswerKeys, answerKeys } from './answer-keys.ts';
import { loadCountryStages } from './load-country-stages.ts';
import type { CountryStageConfig } from './stage-config.ts';
import type { StageSecrets } from './stage-secrets.ts';

export interface CountrySettings {
  readonly stages: readonly CountryStageConfig[];
  readonly flowFiles: readonly string[];
  readonly secrets: StageSecrets;
}

export interface OpenCountry extends Required<CountryPipeline> {
  /** For the gateway. */
  readonly desks: ReadonlyMap<string, AnswerDesk>;
  readonly answerKeys: AnswerKeys;
  stop(): Promise<void>;
}

export const NO_COUNTRY: CountrySettings = { stages: [], flowFiles: [], secrets: new Map() };

/** @throws EnrouteError ENR-STG-008 when a stage is not as it must be. */
export async function openCountry(
  { stages, flowFiles, secrets }: CountrySettings,
  { keys }: Pick<OpenedCore, 'keys'>,
  now: () => Date,
  log: Logger,
): Promise<OpenCountry> {
  const loaded = await loadCountryStages({ stages, secrets, keys, now, log });
  return {
    stages: loaded.stages,
    flowFiles,
    desks: desksOf(stages, secrets),
    answerKeys: answerKeys(keys.storage),
    stop: () => loaded.stop(),
  };
}
