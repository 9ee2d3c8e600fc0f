/** `enroute core …`: the core in one process. Secrets come from the environment, never from the command line. */
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stationCardSchema } from '@enroute/shared/schemas/cards.ts';
import { readEnvironment, secret } from '@enroute/sync/settings/secrets.ts';
import { Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { z } from 'zod';
import { type Core, startCore } from '../core.ts';

const environmentSchema = z.object({
  ENROUTE_CORE_PASSPHRASE: secret("opens the core's key file", 12),
  ENROUTE_CONSOLE_TOKEN: secret("is the secret in the supervisor's access link", 16),
  COUCHDB_URL: z.url().optional(),
  COUCHDB_PREFIX: z.string().default('enroute_'),
});

interface CoreCommandOptions {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
}

export function coreCommand(): Command {
  const core = new Command('core').description(
    'The core. Needs ENROUTE_CORE_PASSPHRASE and ENROUTE_CONSOLE_TOKEN; COUCHDB_URL for a CouchDB.',
  );
  const withFolder = (name: string): Command =>
    core
      .command(name)
      .requiredOption('--folder <folder>', 'where the core keeps what it keeps on this machine', (path: string) =>
        resolve(path),
      );

  withFolder('start')
    .description('Runs gateway and pipeline until it is told to stop.')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on, 0 for any', portNumber, 0)
    .action(async (options: CoreCommandOptions) => {
      const running = await open(options);
      say(`gateway  ${running.url}`);
      say(`console  ${running.consoleUrl}`);
      await new Promise((end) => {
        process.once('SIGINT', end);
        process.once('SIGTERM', end);
      });
      await running.stop();
    });

  withFolder('register <station-card>')
    .description("Registers a station by its card and prints the core's own, for `enroute station trust`.")
    .action(async (card: string, options: Pick<CoreCommandOptions, 'folder'>) => {
      const station = stationCardSchema.parse(JSON.parse(await readFile(card, 'utf8')));
      await using({ ...options, host: '127.0.0.1', port: 0 }, async (running) => {
        await running.register(station);
        say(JSON.stringify(running.card, null, 2));
      });
    });

  withFolder('conservation')
    .description('Checks: packets in = terminal + parked + queued + dead-lettered. Exit 1 when it does not hold.')
    .action(async (options: Pick<CoreCommandOptions, 'folder'>) => {
      await using({ ...options, host: '127.0.0.1', port: 0 }, async (running) => {
        const conservation = await running.conservation();
        say(JSON.stringify(conservation, null, 2));
        if (!conservation.holds) process.exitCode = 1;
      });
    });
  return core;
}

async function open({ folder, host, port }: CoreCommandOptions): Promise<Core> {
  const environment = readEnvironment(environmentSchema, process.env);
  await mkdir(folder, { recursive: true });
  return startCore({
    folder,
    passphrase: environment.ENROUTE_CORE_PASSPHRASE,
    couchdbUrl: environment.COUCHDB_URL,
    couchdbPrefix: environment.COUCHDB_PREFIX,
    host,
    port,
    consoleToken: environment.ENROUTE_CONSOLE_TOKEN,
    now: () => new Date(),
    log: pino({ base: null }, pino.destination({ dest: join(folder, 'core.log'), sync: true })),
  });
}

async function using(options: CoreCommandOptions, work: (core: Core) => Promise<void>): Promise<void> {
  const running = await open(options);
  try {
    await work(running);
  } finally {
    await running.stop();
  }
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new InvalidArgumentError('A port is a whole number below 65536.');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
