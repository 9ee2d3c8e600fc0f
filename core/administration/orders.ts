/**
 * Acts for a core that runs on the embedded store, through mailboxes of their own: one for acts that change something and
 * one for those that only look. So neither a stick nor a look through the whole audit keeps a suspension waiting.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import { noteSchema } from '../audit/entry.ts';
import { answerOrders, type DeskOptions } from '../mailbox/answer-orders.ts';
import { ASK_SETTINGS, type AskSettings, askCore } from '../mailbox/ask-core.ts';
import type { Protocol } from '../mailbox/mailbox.ts';
import type { OpenedCore } from '../open-core.ts';
import { type Act, type AnyAct, changesSomething } from './act.ts';
import { ACTS } from './acts.ts';

/** The country's master data is the largest thing that is handed over. */
const MAX_ORDER_BYTES = 16 * 1024 * 1024;

const orderSchema = z.strictObject({
  v: z.literal(1),
  act: z.string().max(60),
  by: noteSchema.shape.by,
  input: z.unknown(),
});

type Order = z.infer<typeof orderSchema>;

const stepSchema = z.object({ said: z.unknown() });

type Said = z.infer<typeof stepSchema>;

const CHANGES = protocolOf('administration');
const INQUIRIES = protocolOf('inquiries');

/** An act is never carried out later than its asker waits for it: what was right an hour ago may be wrong now. */
function protocolOf(mailbox: string): Protocol<Order, Said> {
  return { mailbox, order: orderSchema, step: stepSchema, maxOrderBytes: MAX_ORDER_BYTES, cutShort: 'given-back' };
}

/** Has the running core do it. @throws as `askCore` does, and what the act throws there */
export async function askToPerform<Input, Output>(
  coreFolder: string,
  act: Act<Input, Output>,
  input: Input,
  by: string,
  settings: AskSettings = ASK_SETTINGS,
): Promise<Output> {
  const protocol = changesSomething(act) ? CHANGES : INQUIRIES;
  let output: Output | undefined;
  for await (const { said } of askCore(coreFolder, protocol, { v: 1, act: act.name, by, input }, settings)) {
    output = act.said.parse(said);
  }
  if (output === undefined) throw new EnrouteError('ENR-OPS-009');
  return output;
}

/** @returns ends it: a change that is at work comes to its end, and whoever only looks is told to ask again. */
export async function answerAdministration(options: AdministrationDesk): Promise<() => Promise<void>> {
  const { acts = ACTS } = options;
  await using answering = new AsyncDisposableStack();
  for (const protocol of [CHANGES, INQUIRIES]) {
    const those = acts.filter(({ changes }) => changes === (protocol === CHANGES));
    answering.defer(await answerOrders({ ...options, protocol, carryOut: carryingOut(options.core, those) }));
  }
  const desks = answering.move();
  return () => desks.disposeAsync();
}

export interface AdministrationDesk extends DeskOptions {
  readonly core: OpenedCore;
  readonly acts?: readonly AnyAct[];
}

function carryingOut(core: OpenedCore, acts: readonly AnyAct[]) {
  return async function* carryOut({ act, by, input }: Order, stopping: AbortSignal): AsyncGenerator<Said> {
    const found = acts.find(({ name }) => name === act);
    if (!found) throw new EnrouteError('ENR-OPS-005', `order ${act}`);
    yield { said: (await found.perform(core, input, by, stopping)) ?? null };
  };
}
