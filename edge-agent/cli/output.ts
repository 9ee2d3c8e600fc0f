/** How a command answers: one JSON document, one JSON object a line, or lines for people. */
import { errorLine } from '@enroute/sync/disk/error-summary.ts';
import { CommanderError } from 'commander';
import { type Failure, failureOf } from '../local-api/failure.ts';
import { EXIT, type ExitCode, exitCodeOfError } from './exit-codes.ts';
import { renderFailure } from './render-findings.ts';
import type { Terminal } from './terminal.ts';
import { usageOf } from './usage.ts';

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
  // What was asked for is no failure, and Commander has said it.
  if (code === EXIT.done) return code;
  const isTold = error instanceof CommanderError;
  const failure = isTold ? usageOf(error) : (failureOf(error) ?? unforeseen(error));
  if (json) terminal.out(`${JSON.stringify(failure)}\n`);
  else if (!isTold) terminal.err(`${renderFailure(failure)}\n`);
  return code;
}

function unforeseen(error: unknown): Failure {
  return { error: 'UNEXPECTED', reason: errorLine(error), next: 'Tell the support desk; the log may say more.' };
}
