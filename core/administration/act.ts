/**
 * What an administrator does with a core from the command line, as data: a name, what it takes, and what comes of it. So
 * it can be carried out by the command itself where it may open the store, and by the running core where only that one
 * may. An act that changes something says what it was done to, for the audit.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { z } from 'zod';
import type { OpenedCore } from '../open-core.ts';

export interface Act<Input, Said> {
  /** As the audit calls it, e.g. "station.suspend". */
  readonly name: string;
  readonly input: z.ZodType<Input>;
  /** What is told of it; whoever asks reads it out of JSON. */
  readonly said: z.ZodType<Said>;
  /** What it was done to, without personal data; absent for an act that changes nothing. */
  readonly done?: (input: Input) => string;
  /** @param by who acts, as the audit names them */
  carryOut(core: OpenedCore, input: Input, by: string): Promise<Said>;
}

/** An act whose types only itself knows. */
export interface AnyAct {
  readonly name: string;
  /** @throws EnrouteError ENR-OPS-005 when the input is not what it takes; and what the act throws. */
  perform(core: OpenedCore, input: unknown, by: string): Promise<unknown>;
}

/**
 * Carries an act out, and notes it: durable before anybody is told that it was done.
 * @throws what the act throws, and EnrouteError ENR-AUD-001 when it can't be noted.
 */
export async function perform<Input, Said>(
  core: OpenedCore,
  act: Act<Input, Said>,
  input: Input,
  by: string,
): Promise<Said> {
  if (!act.done) return act.carryOut(core, input, by);
  const note = { by, act: act.name, done: act.done(input) };
  try {
    const said = await act.carryOut(core, input, by);
    await core.audit.note({ ...note, outcome: 'done' });
    return said;
  } catch (error) {
    const outcome = error instanceof EnrouteError ? error.code : 'ENR-WEB-002';
    if (outcome !== 'ENR-AUD-001') await core.audit.note({ ...note, outcome });
    throw error;
  }
}

export function anyAct<Input, Said>(act: Act<Input, Said>): AnyAct {
  return {
    name: act.name,
    perform: (core, input, by) => {
      const read = act.input.safeParse(input);
      // The parser's message quotes what it met.
      if (!read.success) throw new EnrouteError('ENR-OPS-005', `order ${act.name}`);
      return perform(core, act, read.data, by);
    },
  };
}
