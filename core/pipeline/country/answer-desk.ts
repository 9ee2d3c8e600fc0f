/** Where a stage's service answers later: what the gateway must know of it to take an answer, and no more. */
import { type Declared, declaredBy } from './country-answer.ts';
import type { CountryStageConfig } from './stage-config.ts';
import type { StageSecrets } from './stage-secrets.ts';

export interface AnswerDesk {
  readonly declared: Declared;
  readonly secret: string;
}

/** Of the stages whose services may answer later, by the name of the stage. */
export function desksOf(stages: readonly CountryStageConfig[], secrets: StageSecrets): ReadonlyMap<string, AnswerDesk> {
  const desks = stages.flatMap((stage): [string, AnswerDesk][] => {
    const secret = secrets.get(stage.name);
    if (stage.service?.waitDays === undefined || secret === undefined) return [];
    return [[stage.name, { declared: declaredBy(stage), secret }]];
  });
  return new Map(desks);
}
