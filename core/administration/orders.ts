/** Acts for a core that runs on the embedded store: through a mailbox of their own, so that no stick keeps them waiting. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import { answerOrders, type DeskOptions } from '../mailbox/answer-orders.ts';
import { askCore } from '../mailbox/ask-core.ts';
import type { Protocol } from '../mailbox/mailbox.ts';
import type { OpenedCore } from '../open-core.ts';
import type { Act } from './act.ts';
import { ACTS } from './acts.ts';

/** The country's master data is the largest thing that is handed over. */
const MAX_ORDER_BYTES = 16 * 1024 * 1024;

const orderSchema = z.strictObject({
  v: z.literal(1),
  act: z.string().max(60),
  by: z.string().max(120),
  input: z.unknown(),
});

type Order = z.infer<typeof orderSchema>;

const stepSchema = z.object({ said: z.unknown() });

type Said = z.infer<typeof stepSchema>;

const ADMINISTRATION: Protocol<Order, Said> = {
  mailbox: 'administration',
  order: orderSchema,
  step: stepSchema,
  maxOrderBytes: MAX_ORDER_BYTES,
};

/** Has the running core do it. @throws as `askCore` does, and what the act throws there */
export async function askToPerform<Input, Output>(
  coreFolder: string,
  act: Act<Input, Output>,
  input: Input,
  by: string,
): Promise<Output> {
  let output: Output | undefined;
  for await (const { said } of askCore(coreFolder, ADMINISTRATION, { v: 1, act: act.name, by, input })) {
    output = act.said.parse(said);
  }
  if (output === undefined) throw new EnrouteError('ENR-CRR-012');
  return output;
}

/** @returns ends it at once; an act that is not done then is begun again at the next start. */
export function answerAdministration(
  options: DeskOptions & { readonly core: OpenedCore },
): Promise<() => Promise<void>> {
  return answerOrders({
    ...options,
    protocol: ADMINISTRATION,
    carryOut: async function* carryOut({ act, by, input }) {
      const found = ACTS.find(({ name }) => name === act);
      if (!found) throw new EnrouteError('ENR-OPS-005', `order ${act}`);
      yield { said: (await found.perform(options.core, input, by)) ?? null };
    },
  });
}
