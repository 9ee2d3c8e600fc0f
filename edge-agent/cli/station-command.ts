/** `enroute station …`: a station without a window. */
import { Command } from 'commander';
import { addAgentCommand } from './agent-command.ts';
import { addApprovalCommands } from './approval-commands.ts';
import { commandSite } from './command-site.ts';
import { addCourierCommands } from './courier-commands.ts';
import { addEnrolCommands } from './enrol-commands.ts';
import { EXIT_HELP } from './exit-codes.ts';
import { addKeysCommands } from './keys-commands.ts';
import { addLinkCommand } from './link-command.ts';
import { addQueueCommands } from './queue-commands.ts';
import { SECRETS_HELP } from './secrets.ts';
import type { Terminal } from './terminal.ts';
import { addTrustCommands } from './trust-commands.ts';

/** Its failures are thrown: `tellFailure` tells them and knows the exit code. */
export function stationCommand(terminal: Terminal): Command {
  const station = new Command('station')
    .description('An enrolment station. Needs ENROUTE_STATION_PASSPHRASE, or a running agent and its token.')
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .addHelpText('after', `${SECRETS_HELP}${EXIT_HELP}`)
    .exitOverride();
  const site = commandSite(station, terminal);
  addKeysCommands(site);
  addTrustCommands(site);
  addAgentCommand(site);
  addLinkCommand(site);
  addEnrolCommands(site);
  addApprovalCommands(site);
  addQueueCommands(site);
  addCourierCommands(site);
  return station;
}
