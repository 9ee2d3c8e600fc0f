/** What the person who typed the command can mend at once. */
import { resolve } from 'node:path';
import { isRid } from '@enroute/shared/rid/rid.ts';
import { type CommanderError, InvalidArgumentError } from 'commander';
import { DeskFailure, type Failure } from '../local-api/failure.ts';
import { MAX_LISTED } from '../local-api/front-desk.ts';

/** @param reason a sentence, or a line for each thing that is wrong */
export function usageFailure(reason: string): DeskFailure {
  return new DeskFailure(usage(reason));
}

/** What Commander has found wrong, as every other wrong usage is told. */
export function usageOf({ code, message }: CommanderError): Failure {
  // Where no command is named, Commander shows the help and has no sentence for it.
  return usage(code === 'commander.help' ? 'A command is needed.' : message.replace(/^error: /, ''));
}

function usage(reason: string): Failure {
  return { error: 'USAGE', reason, next: 'enroute station --help tells what each command needs.' };
}

export function pathArgument(text: string): string {
  return resolve(text);
}

export function pathArguments(text: string, before: readonly string[] = []): string[] {
  return [...before, resolve(text)];
}

export function ridArgument(text: string): string {
  if (isRid(text)) return text;
  throw new InvalidArgumentError('A registration id has 29 digits: center, machine, sequence and time.');
}

export function ridArguments(text: string, before: readonly string[] = []): string[] {
  return [...before, ridArgument(text)];
}

export function limitArgument(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LISTED) return limit;
  throw new InvalidArgumentError(`A whole number from 1 to ${MAX_LISTED}.`);
}
