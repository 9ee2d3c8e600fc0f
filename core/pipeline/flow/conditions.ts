/**
 * Conditions of routes, as data: what a registration's facts must be for it to take a way. There is nothing to compute
 * and nothing to call in them, so a flow can be checked before it runs, drawn, and read by whoever is responsible for it.
 *
 * A fact that is not known fulfils nothing: whoever depends on its absence says `not`.
 */
import { MODALITIES, PROCESSES } from '@enroute/shared/enrolment/enrolment.ts';
import { AGE_GROUPS } from '@enroute/shared/policy/age.ts';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { PRIORITIES } from '@enroute/shared/schemas/manifest.ts';
import { z } from 'zod';

export type FactValue = string | number | boolean;

export type Condition =
  | { readonly fact: string; readonly is: FactValue }
  | { readonly fact: string; readonly in: readonly FactValue[] }
  | { readonly fact: string; readonly below: number }
  | { readonly fact: string; readonly atLeast: number }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

const MAX_ALTERNATIVES = 32;
const valueSchema = z.union([z.string().max(64), z.number(), z.boolean()]);
const factName = z.string().min(1).max(64);
const several = z.lazy(() => z.array(conditionSchema).min(1).max(MAX_ALTERNATIVES));

export const conditionSchema: z.ZodType<Condition> = z.union(
  [
    z.strictObject({ fact: factName, is: valueSchema }),
    z.strictObject({ fact: factName, in: z.array(valueSchema).min(1).max(MAX_ALTERNATIVES) }),
    z.strictObject({ fact: factName, below: z.number() }),
    z.strictObject({ fact: factName, atLeast: z.number() }),
    z.strictObject({ all: several }),
    z.strictObject({ any: several }),
    z.strictObject({ not: z.lazy(() => conditionSchema) }),
  ],
  'A condition is {fact, is | in | below | atLeast}, {all: […]}, {any: […]} or {not: …}',
);

/** What conditions look at. */
export type Judged = Pick<Registration, 'process' | 'priority' | 'facts' | 'corrections'>;

interface Fact {
  readonly read: (registration: Judged) => FactValue | undefined;
  /** What it can be; undefined when only the country knows. */
  readonly values?: readonly FactValue[] | 'number';
}

const TRUTHS = [true, false];

/** What can be asked for. A country's own facts are `country.<name>`. */
const FACTS: Readonly<Record<string, Fact>> = {
  process: { read: ({ process }) => process, values: PROCESSES },
  priority: { read: ({ priority }) => priority, values: PRIORITIES },
  ageGroup: { read: ({ facts }) => facts.ageGroup, values: AGE_GROUPS },
  /** Whether somebody vouches for the person. */
  introducer: { read: ({ facts }) => facts.introducer, values: TRUTHS },
  /** How many positions can't be captured. */
  exceptions: { read: ({ facts }) => facts.exceptions?.length, values: 'number' },
  /** How many positions are to be captured again. */
  poor: { read: ({ facts }) => facts.poor?.length, values: 'number' },
  /** How many corrections were taken up. */
  corrections: { read: ({ corrections }) => corrections.length, values: 'number' },
  ...Object.fromEntries(
    MODALITIES.map((modality): [string, Fact] => [
      `quality.${modality}`,
      { read: ({ facts }) => facts.quality?.[modality], values: 'number' },
    ]),
  ),
};

const COUNTRY_FACT = /^country\.([a-z][A-Za-z0-9-]{0,31})$/;

const FACT_NAMES: readonly string[] = [...Object.keys(FACTS), 'country.<name>'];

export function holds(condition: Condition, registration: Judged): boolean {
  if ('all' in condition) return condition.all.every((one) => holds(one, registration));
  if ('any' in condition) return condition.any.some((one) => holds(one, registration));
  if ('not' in condition) return !holds(condition.not, registration);
  const value = factOf(condition.fact)?.read(registration);
  if (value === undefined) return false;
  if ('is' in condition) return value === condition.is;
  if ('in' in condition) return condition.in.includes(value);
  if (typeof value !== 'number') return false;
  return 'below' in condition ? value < condition.below : value >= condition.atLeast;
}

function factOf(name: string): Fact | undefined {
  const [, country] = COUNTRY_FACT.exec(name) ?? [];
  if (country !== undefined) return { read: ({ facts }) => facts.country?.[country] };
  return Object.hasOwn(FACTS, name) ? FACTS[name] : undefined;
}

/** What a condition asks for that there is not, or that could never be so. */
export function conditionProblems(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(conditionProblems);
  if ('any' in condition) return condition.any.flatMap(conditionProblems);
  if ('not' in condition) return conditionProblems(condition.not);
  const { fact: name } = condition;
  const fact = factOf(name);
  if (!fact) return [`there is no fact "${name}" (there are: ${FACT_NAMES.join(', ')})`];
  if ('below' in condition || 'atLeast' in condition) {
    return fact.values === undefined || fact.values === 'number' ? [] : [`"${name}" is no number`];
  }
  const asked = 'is' in condition ? [condition.is] : condition.in;
  return asked.filter((value) => !canBe(value, fact)).map((value) => `"${name}" is never ${JSON.stringify(value)}`);
}

function canBe(value: FactValue, { values }: Fact): boolean {
  if (values === undefined) return true;
  return values === 'number' ? typeof value === 'number' : values.includes(value);
}

/** As a person reads it. */
export function conditionText(condition: Condition): string {
  if ('all' in condition) return condition.all.map(nested).join(' and ');
  if ('any' in condition) return condition.any.map(nested).join(' or ');
  if ('not' in condition) return `not ${nested(condition.not)}`;
  if ('is' in condition) return `${condition.fact} is ${condition.is}`;
  if ('in' in condition) return `${condition.fact} in ${condition.in.join(', ')}`;
  return 'below' in condition
    ? `${condition.fact} below ${condition.below}`
    : `${condition.fact} at least ${condition.atLeast}`;
}

function nested(condition: Condition): string {
  const text = conditionText(condition);
  return 'all' in condition || 'any' in condition ? `(${text})` : text;
}
