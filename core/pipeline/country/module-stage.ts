/**
 * A country's stage that is a module. It is loaded once, held against what a stage must be, and everything that it returns
 * is checked as if it came from outside: a module that throws or talks nonsense costs its own registration a retry.
 */
import { pathToFileURL } from 'node:url';
import { readIdentity } from '@enroute/shared/packet/contents.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Outcome } from '../outcome.ts';
import type { Stage, Work } from '../stage.ts';
import { countryAnswerSchema, type Declared, outcomeOf, undeclared } from './country-answer.ts';
import { codesOf } from './country-codes.ts';
import type { CountryStage, CountryWork, StageLog } from './country-stage.ts';
import { branchSchema, type CountryStageConfig, factNameSchema } from './stage-config.ts';

const LOGGED_EVENT = /^[a-z][a-z0-9-]{0,63}$/;
const LOGGED_NAME = /^[a-z][A-Za-z0-9]{0,31}$/;
const MAX_TOLD = 8;

const isFunction = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'not a function');
const common = {
  name: z.string(),
  outcomes: z.array(z.enum(['next', 'branch', 'reject'])).min(1),
  branches: z.array(branchSchema).max(16).default([]),
  facts: z.array(factNameSchema).max(16).default([]),
};
const exportSchema = z.object({ default: isFunction });
const stageSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ ...common, kind: z.literal('pure'), decide: isFunction }),
    z.strictObject({ ...common, kind: z.literal('effect'), reads: z.boolean(), perform: isFunction }),
  ])
  .refine(({ outcomes, branches }) => outcomes.includes('branch') === branches.length > 0, {
    path: ['branches'],
    message: 'the outcome "branch" and branches belong together',
  });

export interface ModuleParts {
  readonly now: () => Date;
  readonly log: Logger;
}

type ModuleConfig = CountryStageConfig & { readonly module: string };

/** @throws EnrouteError ENR-STG-008 when there is no such module, or what it exports is no stage of that name. */
export async function loadModuleStage(config: ModuleConfig, parts: ModuleParts): Promise<Stage> {
  const { name, module, options = {} } = config;
  const made = await make(config, { options: structuredClone(options), log: logOf(name, parts.log), now: parts.now });
  const checked = stageSchema.safeParse(made);
  if (!checked.success) throw notAStage(module, checked.error.issues.map(issueText).join('; '));
  if (checked.data.name !== name) throw notAStage(module, `it calls itself "${checked.data.name}", not "${name}"`);
  if (checked.data.outcomes.includes('reject') && config.codes.length === 0)
    throw notAStage(module, 'it rejects, and the configuration declares no codes');
  // As it was made: what it is called on stays its own object.
  return stageOf(made as CountryStage, config, parts.log);
}

async function make({ module }: ModuleConfig, context: Parameters<typeof callWith>[1]): Promise<unknown> {
  try {
    const exported = exportSchema.parse(await import(/* @vite-ignore */ pathToFileURL(module).href));
    return await callWith(exported.default, context);
  } catch (cause) {
    if (cause instanceof z.ZodError) throw notAStage(module, 'its default export is no function', cause);
    throw notAStage(module, cause instanceof Error ? cause.message : 'it threw', cause);
  }
}

function callWith(make: (...args: never[]) => unknown, context: object): unknown {
  return (make as (context: object) => unknown)(context);
}

function stageOf(stage: CountryStage, { name, codes }: ModuleConfig, log: Logger): Stage {
  const branches = stage.branches ?? [];
  const declared: Declared = {
    name,
    branches: new Set(branches),
    facts: new Set(stage.facts),
    codes: codesOf(codes),
  };
  const common = { name, outcomes: stage.outcomes, branches, facts: [...declared.facts] };
  if (stage.kind === 'pure') {
    return {
      ...common,
      kind: 'pure',
      decide: (work, now) =>
        hear(
          guarded(name, () => stage.decide(shown(work), now)),
          declared,
        ),
    };
  }
  return {
    ...common,
    kind: 'effect',
    reads: stage.reads,
    perform: async (works, now) => {
      const said: unknown = await guardedLater(name, () => stage.perform(works.map(shown), now));
      // Nobody can tell whose they are.
      if (!Array.isArray(said) || said.length !== works.length) {
        log.warn({ stage: name, asked: works.length }, 'a country module gave another number of answers');
        throw new EnrouteError('ENR-STG-007', `${name}: not one answer for each`);
      }
      return said.map((one: unknown) => hear(one, declared));
    },
  };
}

function hear(said: unknown, declared: Declared): Outcome {
  const nonsense = (detail: string): Outcome => ({ kind: 'retry', code: 'ENR-STG-007', detail });
  const parsed = countryAnswerSchema.safeParse(said);
  if (!parsed.success) return nonsense(`${declared.name}: no answer that there is`);
  const wrong = undeclared(parsed.data, declared);
  if (wrong !== undefined) return nonsense(`${declared.name}: ${wrong}`);
  if (parsed.data.outcome === 'retry') return { kind: 'retry', code: 'ENR-STG-006', detail: declared.name };
  return outcomeOf(parsed.data, declared);
}

/** A module's own errors may quote the person: of them no more than their type is told. */
function guarded<T>(name: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw asOurs(name, error);
  }
}

async function guardedLater<T>(name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asOurs(name, error);
  }
}

function asOurs(name: string, error: unknown): EnrouteError {
  if (error instanceof EnrouteError && error.code.startsWith('ENR-PKT-')) return error;
  const type = error instanceof Error && /^[A-Za-z]{1,32}$/.test(error.name) ? error.name : 'something';
  return new EnrouteError('ENR-STG-007', `${name} threw ${type}`);
}

/** What a module may see, as copies where it could change them. */
function shown({ registration, packets }: Work): CountryWork {
  const { _id: rid, process, station, operator, facts } = registration;
  return {
    rid,
    process,
    station,
    operator,
    facts: structuredClone(facts),
    identity: () => readIdentity(packets().packet),
    packets,
  };
}

function logOf(stage: string, log: Logger): StageLog {
  const tell =
    (level: 'info' | 'warn'): StageLog['info'] =>
    (event, told = {}) => {
      const isPlain = (value: unknown): boolean => typeof value === 'number' || typeof value === 'boolean';
      const numbers = Object.entries(told).filter(([name, value]) => LOGGED_NAME.test(name) && isPlain(value));
      if (LOGGED_EVENT.test(event)) log[level]({ stage, told: Object.fromEntries(numbers.slice(0, MAX_TOLD)) }, event);
    };
  return { info: tell('info'), warn: tell('warn') };
}

function issueText({ path, message }: z.core.$ZodIssue): string {
  return `${path.map(String).join('.') || 'the stage'}: ${message}`;
}

function notAStage(module: string, what: string, cause?: unknown): EnrouteError {
  return new EnrouteError('ENR-STG-008', `${module}: ${what}`, cause);
}
