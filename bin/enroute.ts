#!/usr/bin/env node
/** The one command line. Each room brings its own commands; a room is loaded only when one of its is called. */
import { VERSION } from '@enroute/shared/version.ts';
import { errorLine } from '@enroute/sync/disk/error-summary.ts';
import { keepCrashesClean } from '@enroute/sync/settings/crashes.ts';
import { Command } from 'commander';
import { z } from 'zod';

keepCrashesClean();

interface Room {
  readonly command: Command;
  /** Tells of a failure in the room's own way. @returns the exit code */
  readonly tell?: (error: unknown) => number;
}

const ROOMS: Readonly<Record<string, () => Promise<Room>>> = {
  demo: async () => ({ command: (await import('@enroute/test/simulation/main-job/command.ts')).demoCommand() }),
  core: async () => (await import('@enroute/core/cli/core-command.ts')).coreRoom(),
  gateway: async () => (await import('@enroute/core/cli/core-command.ts')).gatewayRoom(),
  worker: async () => (await import('@enroute/core/cli/core-command.ts')).workerRoom(),
  config: async () => (await import('@enroute/core/cli/core-command.ts')).configRoom(),
  backup: async () => (await import('@enroute/core/cli/core-command.ts')).backupRoom(),
  restore: async () => (await import('@enroute/core/cli/core-command.ts')).restoreRoom(),
  station: async () => (await import('@enroute/edge-agent/cli/station-room.ts')).stationRoom(),
};

const program = new Command('enroute')
  .description("Carries a person's enrolment from a desk with a bad link to a national identity number, and back.")
  .version(VERSION)
  .showHelpAfterError();

const called = await ROOMS[process.argv[2] ?? '']?.();
const rooms = called ? [called] : await Promise.all(Object.values(ROOMS).map((load) => load()));
for (const { command } of rooms) program.addCommand(command);

try {
  await program.parseAsync();
} catch (error) {
  if (called?.tell) {
    process.exitCode = called.tell(error);
  } else {
    process.stderr.write(`${said(error)}\n`);
    process.exitCode = 1;
  }
}

/** What went wrong, for the person who typed the command. */
function said(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  // JSON.parse quotes what it could not read, and that may be anything.
  return error instanceof Error && !(error instanceof SyntaxError) ? error.message : errorLine(error);
}
