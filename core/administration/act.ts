/**
 * What an administrator does with a core from the command line, as data: a name, what it takes, and what comes of it. So
 * it can be carried out by the command itself where it may open the store, and by the running core where only that one
 * may. An act that changes something says what it was done to, for the audit.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { z } from 'zod';
import { audited } from '../audit/audited.ts';
import type { OpenedCore } from '../open-core.ts';

export interface Act<Input, Said> {
  /** As the audit calls it, e.g. "station.suspend". */
  readonly name: string;
  readonly input: z.ZodType<Input>;
  /** What is told of it; whoever asks reads it out of JSON. */
  readonly said: z.ZodType<Said>;
  /** What it was done to, without personal data; absent for an act that changes nothing. */
  readonly done?: (input: Input) => string;
  /** The same once it is done, where more is known of it by then. */
  readonly became?: (said: Said) => string;
  /**
   * @param by who acts, as the audit names them
   * @param stopping heeded by acts that may take long and change nothing
   */
  carryOut(core: OpenedCore, input: Input, by: string, stopping?: AbortSignal): Promise<Said>;
}

/** An act whose types only itself knows. */
export interface AnyAct {
  readonly name: string;
  readonly changes: boolean;
  /** @throws EnrouteError ENR-OPS-005 when the input is not what it takes; and what the act throws. */
  perform(core: OpenedCore, input: unknown, by: string, stopping: AbortSignal): Promise<unknown>;
}

/**
 * Carries an act out; one that changes something is noted before and after.
 * @throws what the act throws, and as `audited` does.
 */
export async function perform<Input, Said>(
  core: OpenedCore,
  act: Act<Input, Said>,
  input: Input,
  by: string,
  stopping?: AbortSignal,
): Promise<Said> {
  if (!act.done) return act.carryOut(core, input, by, stopping);
  const note = { by, act: act.name, done: act.done(input) };
  return audited(core.audit, note, () => act.carryOut(core, input, by), act.became);
}

export function anyAct<Input, Said>(act: Act<Input, Said>): AnyAct {
  return {
    name: act.name,
    changes: changesSomething(act),
    perform: (core, input, by, stopping) => {
      const read = act.input.safeParse(input);
      // The parser's message quotes what it met.
      if (!read.success) throw new EnrouteError('ENR-OPS-005', `order ${act.name}`);
      return perform(core, act, read.data, by, stopping);
    },
  };
}

export function changesSomething<Input, Said>({ done }: Pick<Act<Input, Said>, 'done'>): boolean {
  return done !== undefined;
}
