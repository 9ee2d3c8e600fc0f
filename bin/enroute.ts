#!/usr/bin/env node
/** The one command line. Each room brings its own commands; nothing is loaded that the command does not need. */
import { Command } from 'commander';

const program = new Command('enroute')
  .description("Carries a person's enrolment from a desk with a bad link to a national identity number, and back.")
  .version('0.1.0')
  .showHelpAfterError();

const { demoCommand } = await import('@enroute/test/simulation/main-job/command.ts');
program.addCommand(demoCommand());

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
