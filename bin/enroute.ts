#!/usr/bin/env node
/** The one command line. Each room brings its own commands; a room is loaded only when one of its is called. */
import { VERSION } from '@enroute/shared/version.ts';
import { Command } from 'commander';
import { z } from 'zod';

const ROOMS: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('@enroute/test/simulation/main-job/command.ts')).demoCommand(),
  core: async () => (await import('@enroute/core/cli/core-command.ts')).coreCommand(),
  station: async () => (await import('@enroute/edge-agent/cli/station-command.ts')).stationCommand(),
};

const program = new Command('enroute')
  .description("Carries a person's enrolment from a desk with a bad link to a national identity number, and back.")
  .version(VERSION)
  .showHelpAfterError();

const called = ROOMS[process.argv[2] ?? ''];
const loaded = called ? [called] : Object.values(ROOMS);
for (const room of loaded) program.addCommand(await room());

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${said(error)}\n`);
  process.exitCode = 1;
}

/** What went wrong, for the person who typed the command. */
function said(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
