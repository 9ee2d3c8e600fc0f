/** How a command answers: one JSON document, one JSON object a line, or lines for people. */
import { errorLine } from '@enroute/sync/disk/error-summary.ts';
import { CommanderError } from 'commander';
import { type Failure, failureOf } from '../local-api/failure.ts';
import { type ExitCode, exitCodeOfError } from './exit-codes.ts';
import { renderFailure } from './render-findings.ts';
import type { Terminal } from './terminal.ts';

export interface Output {
  readonly json?: boolean;
}

/** @param render for people */
export function answer<T>(terminal: Terminal, { json }: Output, value: T, render: (value: T) => string): void {
  terminal.out(`${json ? JSON.stringify(value, null, 2) : render(value)}\n`);
}

/** One of many. @param render for people; undefined when they need not see it. */
export function answerLine<T>(
  terminal: Terminal,
  { json }: Output,
  value: T,
  render: (value: T) => string | undefined,
): void {
  const line = json ? JSON.stringify(value) : render(value);
  if (line !== undefined) terminal.out(`${line}\n`);
}

/**
 * Tells why a command failed: on the error output, or, where a program reads, as one line of JSON, which may be the last
 * of several.
 * @returns what the process is to end with
 */
export function tellFailure(terminal: Terminal, { json }: Output, error: unknown): ExitCode {
  const code = exitCodeOfError(error);
  // Commander has said it already.
  if (error instanceof CommanderError) return code;
  const failure = failureOf(error) ?? unforeseen(error);
  if (json) terminal.out(`${JSON.stringify(failure)}\n`);
  else terminal.err(`${renderFailure(failure)}\n`);
  return code;
}

function unforeseen(error: unknown): Failure {
  return { error: 'UNEXPECTED', reason: errorLine(error), next: 'Tell the support desk; the log may say more.' };
}
