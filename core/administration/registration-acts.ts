/** Acts about registrations: looking at them, having them go on, stop or wait, and the rules by which they are held. */
import { isRid } from '@enroute/shared/rid/rid.ts';
import { z } from 'zod';
import { type Found, lookFor, lookForHeld } from '../ops/actions/look.ts';
import { actText, orderText } from '../ops/actions/order-texts.ts';
import type { Given, OrderStatus, Preview } from '../ops/actions/orders.ts';
import { type RegistrationView, viewRegistration } from '../ops/actions/registration-view.ts';
import { selectionSchema } from '../ops/actions/selection.ts';
import { orderedSchema } from '../pipeline/events/event.ts';
import { pauseRuleSchema, ruleNameSchema, ruleText, type StoredRule } from '../pipeline/pauses/pause-rule.ts';
import { listPauseRules, removePauseRule, setPauseRule } from '../pipeline/pauses/pause-rules.ts';
import type { Act } from './act.ts';

/** Nobody but the command waits for it. */
const WITHIN_MS = 5 * 60 * 1000;

/** What the core itself has made, and is only shown. */
const shown = <T>(): z.ZodType<T> => z.custom<T>(() => true);

const nothing = z.strictObject({});
const ridSchema = z.string().refine(isRid, 'a registration id');
const ridInput = z.strictObject({ rid: ridSchema });
const lookInput = z.strictObject({ selection: selectionSchema });
const previewInput = lookInput.extend({ act: orderedSchema });
const tokenInput = z.strictObject({ token: z.string().max(64) });
const oneInput = ridInput.extend({ act: orderedSchema });
const idInput = z.strictObject({ id: z.string().max(64) });
const ruleInput = z.strictObject({ rule: pauseRuleSchema });
const nameInput = z.strictObject({ name: ruleNameSchema });

export const showRegistrationAct: Act<z.infer<typeof ridInput>, RegistrationView | null> = {
  name: 'registration.show',
  input: ridInput,
  said: shown(),
  carryOut: async ({ databases }, { rid }) => (await viewRegistration(rid, databases)) ?? null,
};

export const lookAct: Act<z.infer<typeof lookInput>, Found> = {
  name: 'registrations.look',
  input: lookInput,
  said: shown(),
  carryOut: ({ databases: { registrations, checkpoints }, now }, { selection }, _by, stopping) =>
    lookFor(selection, { registrations, checkpoints, now, withinMs: WITHIN_MS, stopping }),
};

export const previewAct: Act<z.infer<typeof previewInput>, Preview> = {
  name: 'registrations.preview',
  input: previewInput,
  said: shown(),
  carryOut: ({ orders }, { selection, act }, by, stopping) =>
    orders.preview(selection, act, by, { withinMs: WITHIN_MS, stopping }),
};

export const orderAct: Act<z.infer<typeof tokenInput>, Given> = {
  name: 'registrations.order',
  input: tokenInput,
  said: shown(),
  done: ({ token }) => orderText(token),
  became: ({ id, act, count }) => `${orderText(id)}: ${actText(act)}, ${count} registrations`,
  carryOut: ({ orders }, { token }, by) => orders.give(token, by),
};

export const orderOneAct: Act<z.infer<typeof oneInput>, Given> = {
  name: 'registration.order',
  input: oneInput,
  said: shown(),
  done: ({ rid, act }) => `registration ${rid}: ${actText(act)}`,
  carryOut: ({ orders }, { rid, act }, by) => orders.giveOne(rid, act, by),
};

export const orderStatusAct: Act<z.infer<typeof idInput>, OrderStatus> = {
  name: 'registrations.order-status',
  input: idInput,
  said: shown(),
  carryOut: ({ orders }, { id }) => orders.status(id),
};

export const listRulesAct: Act<z.infer<typeof nothing>, StoredRule[]> = {
  name: 'pause-rule.list',
  input: nothing,
  said: shown(),
  carryOut: ({ databases }) => listPauseRules(databases.rules),
};

export const previewRuleAct: Act<z.infer<typeof ruleInput>, Found> = {
  name: 'pause-rule.preview',
  input: ruleInput,
  said: shown(),
  carryOut: ({ databases: { registrations, checkpoints }, now }, { rule }, _by, stopping) =>
    lookForHeld(rule, { registrations, checkpoints, now, withinMs: WITHIN_MS, stopping }),
};

export const setRuleAct: Act<z.infer<typeof ruleInput>, null> = {
  name: 'pause-rule.set',
  input: ruleInput,
  said: z.null(),
  done: ({ rule }) => ruleText(rule),
  carryOut: async ({ databases, now }, { rule }, by) => {
    await setPauseRule(rule, by, databases.rules, now());
    return null;
  },
};

export const removeRuleAct: Act<z.infer<typeof nameInput>, null> = {
  name: 'pause-rule.remove',
  input: nameInput,
  said: z.null(),
  done: ({ name }) => `pause rule ${name}`,
  carryOut: async ({ databases }, { name }) => {
    await removePauseRule(name, databases.rules);
    return null;
  },
};
