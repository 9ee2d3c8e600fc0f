/** Pause rules, for those who look after the pipeline; auditors see which there are. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { CoreDatabases } from '../../databases.ts';
import { lookForHeld } from '../../ops/actions/look.ts';
import type { Role } from '../../people/person.ts';
import { pauseRuleSchema, ruleNameSchema, ruleText } from '../../pipeline/pauses/pause-rule.ts';
import { listPauseRules, removePauseRule, setPauseRule } from '../../pipeline/pauses/pause-rules.ts';
import type { Asked, JsonRoute, Route } from '../route.ts';

export interface PauseRuleRoutesOptions {
  readonly databases: Pick<CoreDatabases, 'registrations' | 'checkpoints' | 'rules'>;
  readonly now: () => Date;
}

const KEEPERS: readonly Role[] = ['administrator', 'operations'];
const LOOKERS: readonly Role[] = [...KEEPERS, 'auditor'];
/** A page waits no longer; what was found until then is told. */
const WITHIN_MS = 20_000;

export function pauseRuleRoutes({ databases, now }: PauseRuleRoutesOptions): readonly Route[] {
  const { registrations, checkpoints, rules } = databases;
  return [
    {
      kind: 'json',
      method: 'GET',
      path: '/api/pause-rules',
      access: { by: 'people', roles: LOOKERS },
      rate: 'people',
      answer: async () => ({ body: (await listPauseRules(rules)).map(({ rule, by, at }) => ({ rule, by, at })) }),
    },
    {
      ...change('POST', '/api/pause-rules/previews', 'pause-rule.preview'),
      body: pauseRuleSchema,
      about: (body) => ruleText(pauseRuleSchema.parse(body)),
      answer: async ({ body }) => {
        const rule = pauseRuleSchema.parse(body);
        return { body: await lookForHeld(rule, { registrations, checkpoints, now, withinMs: WITHIN_MS }) };
      },
    },
    {
      ...change('PUT', '/api/pause-rules/:rule', 'pause-rule.set'),
      body: pauseRuleSchema,
      about: (body) => ruleText(pauseRuleSchema.parse(body)),
      answer: async (asked) => {
        const rule = pauseRuleSchema.parse(asked.body);
        // The address is what the audit names.
        if (rule.name !== ruleOf(asked)) throw new EnrouteError('ENR-WEB-003', 'another name than in the address');
        await setPauseRule(rule, asked.actor?.id ?? '', rules, now());
        return {};
      },
    },
    {
      ...change('DELETE', '/api/pause-rules/:rule', 'pause-rule.remove'),
      answer: async (asked) => {
        await removePauseRule(ruleOf(asked), rules);
        return {};
      },
    },
  ];
}

/** @throws EnrouteError ENR-ACT-004 when it is none: a person may type anything. */
function ruleOf({ params }: Asked): string {
  const read = ruleNameSchema.safeParse(params.rule);
  if (!read.success) throw new EnrouteError('ENR-ACT-004');
  return read.data;
}

function change(method: 'POST' | 'PUT' | 'DELETE', path: string, act: string): Omit<JsonRoute, 'answer'> {
  return { kind: 'json', method, path, access: { by: 'people', roles: KEEPERS }, rate: 'people', act };
}
