/** `enroute core start`, `enroute gateway`, `enroute worker`: the processes that run until they are told to stop. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  countrySettingsOf,
  gatewaySettingsOf,
  metricsPlaceOf,
  placeOf,
  workerSettingsOf,
} from '../config/core-settings.ts';
import { startCore } from '../core.ts';
import type { GatewayPlace } from '../gateway/start-gateway.ts';
import type { CountrySettings } from '../pipeline/country/open-country.ts';
import { startGatewayProcess, startWorkerProcess } from '../processes.ts';
import { requireSound } from './config-commands.ts';
import { absolute, type CoreSite, type MeantCore, meantCore, whichCore } from './core-site.ts';
import { readTls, type TlsFiles } from './read-tls.ts';

interface Listening extends TlsFiles {
  readonly folder?: string;
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
}

interface Working {
  readonly config: string;
  readonly stages?: string;
  readonly lanes?: string;
}

type Voice = Pick<CoreSite, 'say' | 'warn'>;

interface Running {
  readonly url?: string;
  stop(): Promise<void>;
}

export function coreStartCommand(voice: Voice): Command {
  return whichCore(new Command('start'))
    .description('Runs gateway and worker in one process, until it is told to stop.')
    .addOption(new Option('--host <address>', 'address to listen on (127.0.0.1)').conflicts('config'))
    .addOption(
      new Option('--port <number>', 'port to listen on; any, when left out').argParser(portNumber).conflicts('config'),
    )
    .addOption(
      new Option('--tls-cert <file>', 'certificate, with those up to its authority (PEM); needs --tls-key')
        .argParser(absolute)
        .conflicts('config'),
    )
    .addOption(new Option('--tls-key <file>', 'its key (PEM)').argParser(absolute).conflicts('config'))
    .action(async (options: Listening) => {
      const meant = await sound(options, voice);
      const place = await listeningPlace(options, meant);
      await run(meant, voice, (common) =>
        startCore({
          ...common,
          ...place,
          gateway: gatewaySettingsOf(meant.config),
          worker: workerSettingsOf(meant.config),
        }),
      );
    });
}

export function gatewayCommand(voice: Voice): Command {
  return new Command('gateway')
    .description('Runs a gateway alone, on a CouchDB; any number of them may run.')
    .requiredOption('--config <file>', 'the configuration file', absolute)
    .action(async (options: Listening) => {
      const meant = await sound(options, voice);
      requireShared(meant);
      const place = await placeOf(meant.config);
      await run(meant, voice, (common) =>
        startGatewayProcess({ ...common, ...place, gateway: gatewaySettingsOf(meant.config) }),
      );
    });
}

export function workerCommand(voice: Voice): Command {
  return new Command('worker')
    .description('Runs a worker alone, on a CouchDB; any number of them share the work.')
    .requiredOption('--config <file>', 'the configuration file', absolute)
    .option('--stages <names>', "the stages that it runs, e.g. packet,quality; or all but those, e.g. '!quality'")
    .option('--lanes <numbers>', 'the lanes of which it takes its share, e.g. 0-15,20; all 64, when left out')
    .action(async ({ stages, lanes, ...options }: Working) => {
      const meant = await sound(options, voice);
      requireShared(meant);
      const said = { ...(stages === undefined ? {} : { stages }), ...(lanes === undefined ? {} : { lanes }) };
      const worker = { ...workerSettingsOf(meant.config), ...said };
      await run(meant, voice, (common) =>
        startWorkerProcess({ ...common, worker, metrics: metricsPlaceOf(meant.config) }),
      );
    });
}

/** @throws EnrouteError ENR-CFG-003 when the configuration contradicts itself */
async function sound(options: Listening, { warn }: Voice): Promise<MeantCore> {
  const meant = await meantCore(options);
  if (meant.path !== undefined) for (const warning of await requireSound(meant.path, new Date())) warn(warning);
  return meant;
}

function requireShared({ config }: MeantCore): void {
  if (config.store.kind === 'folder') throw new EnrouteError('ENR-CFG-004');
}

async function listeningPlace(options: Listening, { config, path }: MeantCore): Promise<GatewayPlace> {
  if (path !== undefined) return placeOf(config);
  return { host: options.host ?? config.gateway.host, port: options.port ?? 0, tls: await readTls(options) };
}

type Common = MeantCore['options'] & {
  readonly country: CountrySettings;
  readonly now: () => Date;
  readonly log: ReturnType<typeof openLogFile>;
};

/**
 * Until SIGINT or SIGTERM; the second one ends the process at once.
 * @throws EnrouteError ENR-OPS-008 when the core was given other keys meanwhile
 */
async function run(
  { config, options }: MeantCore,
  { say }: Voice,
  start: (common: Common) => Promise<Running>,
): Promise<void> {
  await mkdir(config.folder, { recursive: true });
  const log = openLogFile(join(config.folder, 'core.log'));
  log.level = config.log.level;
  const otherKeys = Promise.withResolvers<EnrouteError>();
  const country = countrySettingsOf(config, process.env);
  const running = await start({ ...options, country, onOtherKeys: otherKeys.resolve, now: () => new Date(), log });
  // Before anything is said: whoever waits for that may tell it to stop at once.
  const signal = signalled();
  if (running.url !== undefined) say(`gateway  ${running.url}`);
  if (running.url !== undefined) say(`console  ${running.url}console/`);
  else say('worker   running');
  log.info({ pid: process.pid }, 'started');
  const told = await Promise.race([signal, otherKeys.promise]);
  log.info(told instanceof EnrouteError ? { code: told.code } : { signal: told }, 'stopping');
  process.once('SIGINT', () => process.exit(1));
  process.once('SIGTERM', () => process.exit(1));
  await running.stop();
  log.info('stopped');
  if (told instanceof EnrouteError) throw told;
}

function signalled(): Promise<string> {
  return new Promise((end) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end(signal));
  });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new InvalidArgumentError('A port is a whole number below 65536.');
}
