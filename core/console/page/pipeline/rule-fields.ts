/** A pause rule as it is typed, and as the core takes it. */
import { parseCenters } from '../people/centers.ts';

export interface RuleFields {
  readonly name: string;
  /** As typed; empty for all. */
  readonly centers: string;
  /** Empty for all. */
  readonly process: string;
  readonly hours: string;
  readonly after: 'resume' | 'stop';
}

interface Rule {
  readonly name: string;
  readonly match: { readonly centers?: readonly string[]; readonly processes?: readonly string[] };
  readonly hours: number;
  readonly after: 'resume' | 'stop';
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;
const MAX_HOURS = 366 * 24;

export function isRuleName(text: string): boolean {
  return NAME.test(text);
}

export function wrongIn({ name, centers, hours }: RuleFields): Readonly<Record<'name' | 'centers' | 'hours', boolean>> {
  return {
    name: !isRuleName(name),
    centers: centers.trim() !== '' && !parseCenters(centers),
    hours: !/^\d{1,4}$/.test(hours) || Number(hours) < 1 || Number(hours) > MAX_HOURS,
  };
}

/** undefined while something in it is wrong. */
export function ruleOf(fields: RuleFields): Rule | undefined {
  if (Object.values(wrongIn(fields)).some(Boolean)) return undefined;
  const { name, process, hours, after } = fields;
  const centers = parseCenters(fields.centers);
  const match = { ...(centers && { centers }), ...(process && { processes: [process] }) };
  return { name, match, hours: Number(hours), after };
}
