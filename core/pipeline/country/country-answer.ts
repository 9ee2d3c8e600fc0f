/** Checks what a country's stage has said, and puts it into the pipeline's words. Nothing that was not declared gets through. */
import type { RegistrationFacts } from '@enroute/shared/registration/registration.ts';
import { z } from 'zod';
import type { Outcome } from '../outcome.ts';
import { type CountryCodes, codesOf } from './country-codes.ts';
import type { CountryAnswer, CountryFacts } from './country-stage.ts';
import { type CountryStageConfig, REFUSAL_FACT } from './stage-config.ts';

/** All that a stage has declared. */
export interface Declared {
  readonly name: string;
  readonly branches: ReadonlySet<string>;
  readonly facts: ReadonlySet<string>;
  readonly codes: CountryCodes;
}

/** Everything that a service may say; a module says itself what it may. */
export function declaredBy({ name, codes, service }: CountryStageConfig): Declared {
  return { name, branches: new Set(service?.branches), facts: new Set(service?.facts), codes: codesOf(codes) };
}

const factsSchema = z
  .record(z.string().max(32), z.union([z.string().max(64), z.number(), z.boolean()]))
  .refine((facts) => Object.keys(facts).length <= 32)
  .optional();

export const countryAnswerSchema: z.ZodType<CountryAnswer> = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('next'), facts: factsSchema }),
  z.strictObject({ outcome: z.literal('branch'), branch: z.string().max(32), facts: factsSchema }),
  z.strictObject({ outcome: z.literal('reject'), code: z.string().max(16), facts: factsSchema }),
  z.strictObject({ outcome: z.literal('fail'), code: z.string().max(16) }),
  z.strictObject({ outcome: z.literal('retry') }),
]);

/** What is wrong with an answer of the right form, in words without anything of the person; undefined: nothing. */
export function undeclared(answer: CountryAnswer, { branches, facts, codes }: Declared): string | undefined {
  if (answer.outcome === 'branch' && !branches.has(answer.branch)) return 'a branch that is not declared';
  if ('code' in answer && !codes.has(answer.code)) return 'a code that is not declared';
  const found = 'facts' in answer ? Object.keys(answer.facts ?? {}) : [];
  return found.every((name) => facts.has(name)) ? undefined : 'a fact that is not declared';
}

/** @param answer that was checked; `retry` is for whoever asked to say why */
export function outcomeOf(answer: Exclude<CountryAnswer, { readonly outcome: 'retry' }>, { codes }: Declared): Outcome {
  switch (answer.outcome) {
    case 'next':
      return { kind: 'next', ...found(answer.facts) };
    case 'branch':
      return { kind: 'branch', branch: answer.branch, ...found(answer.facts) };
    case 'reject': {
      const facts = { ...answer.facts, [REFUSAL_FACT]: answer.code };
      return { kind: 'reject', code: codes.get(answer.code) ?? 'ENR-CTY-001', ...found(facts) };
    }
    case 'fail':
      return { kind: 'fail', code: codes.get(answer.code) ?? 'ENR-CTY-001' };
  }
}

/** Its own alone: where the outcome is applied, they are laid beside those of other stages. */
function found(country: CountryFacts | undefined): { facts?: RegistrationFacts } {
  return country === undefined || Object.keys(country).length === 0 ? {} : { facts: { country } };
}
