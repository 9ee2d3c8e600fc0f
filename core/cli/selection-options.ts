/** How a command is told which registrations are meant: options that name what all of them have in common. */

import { type Command, InvalidArgumentError } from 'commander';
import { type Selection, selectionSchema } from '../ops/actions/selection.ts';

/** Of each option: its field of a selection, and what it says. Each may be given several times. */
const OPTIONS = [
  ['state', 'states', 'RECEIVED, IN_FLOW, PARKED or DEAD_LETTER'],
  ['stage', 'stages', 'where it is'],
  ['code', 'codes', 'of the last thing that was noted of it'],
  ['reason', 'reasons', 'what it waits for: correction, introducer, answer, decision, paused'],
  ['rule', 'rules', 'the pause rule that holds it'],
  ['process', 'processes', 'NEW, UPDATE, …'],
  ['center', 'centers', 'five digits'],
  ['station', 'stations', 'ten digits'],
  ['operator', 'operators', 'who enrolled the person'],
  ['priority', 'priorities', 'normal or urgent'],
  ['flow-version', 'flowVersions', 'of the flow that it runs on'],
] as const satisfies readonly (readonly [string, keyof Selection, string])[];

export function withSelection(command: Command): Command {
  for (const [name, , text] of OPTIONS) command.option(`--${name} <value>`, text, each, undefined);
  return command.option('--hours <number>', 'longer than this where it is now', Number);
}

/**
 * @param options as commander has read them
 * @throws InvalidArgumentError that names the option, not what was typed
 */
export function selectionOf(rids: readonly string[], options: Readonly<Record<string, unknown>>): Selection {
  const given: Record<string, unknown> = {};
  if (rids.length > 0) given.rids = rids;
  for (const [name, field] of OPTIONS) {
    const values = options[camelCase(name)] as readonly string[] | undefined;
    if (values) given[field] = name === 'flow-version' ? values.map(Number) : values;
  }
  if (options.hours !== undefined) given.hours = options.hours;
  const read = selectionSchema.safeParse(given);
  if (read.success) return read.data;
  const places = read.error.issues.map(({ path }) => path[0]).filter((field) => field !== undefined);
  throw new InvalidArgumentError(`Not what can be chosen by: ${[...new Set(places)].map(optionOf).join(', ')}.`);
}

function optionOf(field: PropertyKey): string {
  const named = OPTIONS.find(([, of]) => of === field);
  return named ? `--${named[0]}` : field === 'rids' ? 'a registration id' : `--${String(field)}`;
}

function each(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase());
}
