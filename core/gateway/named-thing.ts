/**
 * What an address is about, as the audit names it. Anything may be typed into an address, so what has not the form of such
 * a name is not named.
 */
import { isRid } from '@enroute/shared/rid/rid.ts';
import { stationSchema } from '@enroute/shared/schemas/common.ts';
import { corePersonIdSchema } from '../people/person.ts';
import { serviceNameSchema } from '../people/service-accounts.ts';
import { ruleNameSchema } from '../pipeline/pauses/pause-rule.ts';

interface Form {
  readonly param: string;
  readonly called: string;
  readonly is: (text: string) => boolean;
}

const FORMS: readonly Form[] = [
  { param: 'station', called: 'station', is: (text) => stationSchema.safeParse(text).success },
  { param: 'person', called: 'person', is: (text) => corePersonIdSchema.safeParse(text).success },
  { param: 'service', called: 'service', is: (text) => serviceNameSchema.safeParse(text).success },
  { param: 'rid', called: 'registration', is: isRid },
  { param: 'rule', called: 'pause rule', is: (text) => ruleNameSchema.safeParse(text).success },
];

/** e.g. "station 1000110077"; undefined where the address names nothing, or nothing that can be. */
export function namedThing(params: Readonly<Record<string, unknown>>): string | undefined {
  for (const { param, called, is } of FORMS) {
    const text = params[param];
    if (typeof text === 'string' && is(text)) return `${called} ${text}`;
  }
  return undefined;
}
