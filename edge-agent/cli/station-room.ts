/** What the one command line needs of the station: its commands, and how their failures end the process. */
import type { Command } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import { tellFailure } from './output.ts';
import { stationCommand } from './station-command.ts';
import { processTerminal } from './terminal.ts';

export function stationRoom(): { command: Command; tell: (error: unknown) => ExitCode } {
  const terminal = processTerminal();
  const json = process.argv.includes('--json');
  return { command: stationCommand(terminal), tell: (error) => tellFailure(terminal, { json }, error) };
}
