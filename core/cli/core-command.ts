/** `enroute core …`: the core in one process, and what an administrator does with it. Secrets come from the environment, never from the command line. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stationCardSchema } from '@enroute/shared/schemas/cards.ts';
import { openLog, openLogFile } from '@enroute/sync/disk/log-file.ts';
import { readEnvironment, secret } from '@enroute/sync/settings/secrets.ts';
import { Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { z } from 'zod';
import { startCore } from '../core.ts';
import { exportPacket } from '../export/export-packet.ts';
import { type OpenCoreOptions, type OpenedCore, openCore } from '../open-core.ts';
import { courierCommands } from './courier-commands.ts';
import { masterCommand } from './master-command.ts';
import { readJsonFile } from './read-json-file.ts';
import { readTls, type TlsFiles } from './read-tls.ts';
import { tellFailure } from './tell-failure.ts';

const coreEnvironment = z.object({
  ENROUTE_CORE_PASSPHRASE: secret("opens the core's key file", 12),
  COUCHDB_URL: z.url().optional(),
  COUCHDB_PREFIX: z.string().default('enroute_'),
});
const gatewayEnvironment = z.object({
  ENROUTE_CONSOLE_TOKEN: secret("is the secret in the supervisor's access link", 16),
});

interface Folder {
  readonly folder: string;
}

interface Exporting extends Folder {
  readonly to: string;
}

interface Listening extends Folder, TlsFiles {
  readonly host: string;
  readonly port: number;
}

/** What the one command line needs of the core: its commands, and how their failures end the process. */
export function coreRoom(): { command: Command; tell: (error: unknown) => number } {
  return { command: coreCommand(), tell: (error) => tellFailure((text) => process.stderr.write(text), error) };
}

function coreCommand(): Command {
  const core = new Command('core').description('The core. Needs ENROUTE_CORE_PASSPHRASE; COUCHDB_URL for a CouchDB.');
  const withFolder = (name: string): Command =>
    core
      .command(name)
      .requiredOption('--folder <folder>', 'where the core keeps what it keeps on this machine', (path: string) =>
        resolve(path),
      );

  withFolder('init')
    .description("Makes the core's keys.")
    .action(async ({ folder }: Folder) => {
      await mkdir(folder, { recursive: true });
      await administer(folder, 'create', async () => say(`The core is in ${folder}.`));
    });

  withFolder('start')
    .description('Runs gateway and pipeline until it is told to stop. Needs ENROUTE_CONSOLE_TOKEN.')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on, 0 for any', portNumber, 0)
    .option('--tls-cert <file>', 'certificate, with those up to its authority (PEM); needs --tls-key', path)
    .option('--tls-key <file>', 'its key (PEM)', path)
    .action(start);

  withFolder('register <station-card>')
    .description("Registers a station by its card and prints the core's own, for `enroute station trust`.")
    .action(async (card: string, { folder }: Folder) => {
      const station = await readJsonFile(card, stationCardSchema, "a station's card");
      await administer(folder, 'refuse', async (opened) => {
        await opened.register(station);
        say(JSON.stringify(opened.card, null, 2));
      });
    });

  withFolder('conservation')
    .description('Checks: packets in = terminal + parked + queued + dead-lettered. Exit 1 when it does not hold.')
    .action(({ folder }: Folder) =>
      administer(folder, 'refuse', async (opened) => {
        const conservation = await opened.conservation();
        say(JSON.stringify(conservation, null, 2));
        if (!conservation.holds) process.exitCode = 1;
      }),
    );

  withFolder('dead-letters')
    .description('Lists the registrations that the pipeline has given up, and why.')
    .action(({ folder }: Folder) =>
      administer(folder, 'refuse', async (opened) => say(JSON.stringify(await opened.deadLetters(), null, 2))),
    );

  withFolder('resume <rid>')
    .description('Takes a dead letter up again, at the stage that gave up.')
    .action((rid: string, { folder }: Folder) =>
      administer(folder, 'refuse', async (opened) => {
        await opened.resume(rid);
        say(`${rid} goes on.`);
      }),
    );

  withFolder('new-epoch')
    .description('After a restore from a backup, before the start: has stations offer again what they still hold.')
    .action(({ folder }: Folder) =>
      administer(folder, 'refuse', async (opened) => {
        await opened.newEpoch();
        say('The core is of a new epoch from its next start on. Stations that reach it offer again what they hold and');
        say('the backup lacks; what they had released already can not come back. Back core-keys.json up anew.');
      }),
    );

  withFolder('export-packet <rid>')
    .description("Writes the packet of a registration as a zip in MOSIP's layout, opened: it holds personal data.")
    .requiredOption('--to <zip>', 'the file to write; it must not be there yet', (path: string) => resolve(path))
    .action((rid: string, { folder, to }: Exporting) =>
      administer(folder, 'refuse', async (opened) => {
        await exportPacket(rid, to, opened, openLogFile(join(folder, 'core.log')));
        say(`The packet of ${rid} is in ${to}, and not encrypted.`);
      }),
    );
  core.addCommand(masterCommand(administer, { say, warn }));
  const endWith = (code: number): void => {
    process.exitCode = code;
  };
  for (const command of courierCommands({ administer, now: () => new Date(), say, endWith })) core.addCommand(command);
  return core;
}

async function start({ folder, host, port, ...files }: Listening): Promise<void> {
  const { ENROUTE_CONSOLE_TOKEN: consoleToken } = readEnvironment(gatewayEnvironment, process.env);
  const tls = await readTls(files);
  await mkdir(folder, { recursive: true });
  const log = openLogFile(join(folder, 'core.log'));
  const running = await startCore({ ...optionsFor(folder), log, host, port, tls, consoleToken });
  say(`gateway  ${running.url}`);
  say(`console  ${running.consoleUrl}`);
  await new Promise((end) => {
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
  await running.stop();
}

/** Works on a core without starting it: no pipeline, no gateway. */
async function administer(
  folder: string,
  whenNew: 'create' | 'refuse',
  work: (core: OpenedCore) => Promise<void>,
): Promise<void> {
  const log = openLog(pino.destination(process.stderr.fd), 'error');
  const opened = await openCore({ ...optionsFor(folder), log }, whenNew);
  try {
    await work(opened);
  } finally {
    await opened.close();
  }
}

function optionsFor(folder: string): Omit<OpenCoreOptions, 'log'> {
  const environment = readEnvironment(coreEnvironment, process.env);
  return {
    folder,
    passphrase: environment.ENROUTE_CORE_PASSPHRASE,
    couchdbUrl: environment.COUCHDB_URL,
    couchdbPrefix: environment.COUCHDB_PREFIX,
    now: () => new Date(),
  };
}

function path(text: string): string {
  return resolve(text);
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new InvalidArgumentError('A port is a whole number below 65536.');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function warn(text: string): void {
  process.stderr.write(`${text}\n`);
}
