/** Where the commands of a core stand: which core is meant, how it is opened or asked, and where results go. */
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { openLog } from '@enroute/sync/disk/log-file.ts';
import { readEnvironment, secret } from '@enroute/sync/settings/secrets.ts';
import type { Command } from 'commander';
import { pino } from 'pino';
import { z } from 'zod';
import { type Act, perform } from '../administration/act.ts';
import { askToPerform } from '../administration/orders.ts';
import { type CoreConfig, coreConfigSchema } from '../config/core-config.ts';
import { openOptionsOf } from '../config/core-settings.ts';
import { readConfig } from '../config/read-config.ts';
import { type OpenCoreOptions, type OpenedCore, openCore } from '../open-core.ts';

export interface CoreSite {
  /** Who acts, as the audit names them. */
  readonly by: string;
  /**
   * Carries an act out: here where the store can be opened, by the running core where it has the store to itself. It is
   * in the audit either way.
   */
  act<Input, Said>(folder: string, act: Act<Input, Said>, input: Input): Promise<Said>;
  /** Works on a core without starting it. @throws EnrouteError ENR-OPS-004 when a running one has the store to itself */
  administer(folder: string, whenNew: 'create' | 'refuse', work: (core: OpenedCore) => Promise<void>): Promise<void>;
  now(): Date;
  /** Results. */
  say(text: string): void;
  /** What is said beside them. */
  warn(text: string): void;
  endWith(code: number): void;
}

/** Adds the two ways to say which core is meant. */
export function whichCore(command: Command): Command {
  return command
    .option('--folder <folder>', 'where the core keeps what it keeps on this machine', absolute)
    .option('--config <file>', 'its configuration file, in place of --folder', absolute);
}

export function absolute(path: string): string {
  return resolve(path);
}

const passphraseEnvironment = z.object({ ENROUTE_CORE_PASSPHRASE: secret("opens the core's key file", 12) });
const couchEnvironment = z.object({ COUCHDB_USER: z.string().optional(), COUCHDB_PASSWORD: z.string().optional() });
/** Without a file: one variable that holds all. */
const shortEnvironment = z.object({ COUCHDB_URL: z.url().optional(), COUCHDB_PREFIX: z.string().default('enroute_') });

export interface MeantCore {
  readonly config: CoreConfig;
  /** Of the file; undefined for the short way. */
  readonly path: string | undefined;
  readonly options: Omit<OpenCoreOptions, 'now' | 'log'>;
}

export interface Which {
  readonly folder?: string;
  readonly config?: string;
}

/** @throws EnrouteError ENR-CFG-001, -002, -005; Error that names the variables of the environment that are missing. */
export async function meantCore({ folder, config: path }: Which, environment = process.env): Promise<MeantCore> {
  const { ENROUTE_CORE_PASSPHRASE: passphrase } = readEnvironment(passphraseEnvironment, environment);
  if (path !== undefined) {
    const config = await readConfig(path);
    const { COUCHDB_USER: couchdbUser, COUCHDB_PASSWORD: couchdbPassword } = readEnvironment(
      couchEnvironment,
      environment,
    );
    return { config, path, options: openOptionsOf(config, { passphrase, couchdbUser, couchdbPassword }) };
  }
  if (folder === undefined) throw new EnrouteError('ENR-CFG-005');
  const { COUCHDB_URL: url, COUCHDB_PREFIX: prefix } = readEnvironment(shortEnvironment, environment);
  // Nobody has said where the gateway is: an invitation takes the running one's word.
  const config = coreConfigSchema.parse({ folder, gateway: { port: 0 } });
  const options = openOptionsOf(config, { passphrase, couchdbUser: undefined, couchdbPassword: undefined });
  return { config, path, options: { ...options, couchdbUrl: url, couchdbPrefix: prefix } };
}

/** The site of the command line itself. The folder that a command is given may be that of `--config`. */
export function coreSite(
  voice: Pick<CoreSite, 'say' | 'warn' | 'endWith'>,
): CoreSite & { take(command: Command): Promise<void> } {
  let meant: MeantCore | undefined;
  const now = (): Date => new Date();
  const administer: CoreSite['administer'] = async (folder, whenNew, work) => {
    const { options } = meant ?? (await meantCore({ folder }));
    const log = openLog(pino.destination(process.stderr.fd), 'error');
    const opened = await openCore({ ...options, now, log }, whenNew);
    try {
      await work(opened);
    } finally {
      await opened.close();
    }
  };
  const by = commandLine();
  return {
    ...voice,
    by,
    now,
    administer,
    act: async (folder, act, input) => {
      try {
        let said: Awaited<ReturnType<typeof act.carryOut>> | undefined;
        await administer(folder, 'refuse', async (core) => {
          said = await perform(core, act, input, by);
        });
        return said as Awaited<ReturnType<typeof act.carryOut>>;
      } catch (error) {
        if (!(error instanceof EnrouteError) || error.code !== 'ENR-OPS-004') throw error;
        return askToPerform(folder, act, input, by);
      }
    },
    /** Before the command's own action: it finds the folder that a configuration names. */
    take: async (command) => {
      const which = command.opts<Which>();
      if (!takesCore(command)) return;
      meant = await meantCore(which);
      command.setOptionValue('folder', meant.config.folder);
    },
  };
}

function takesCore(command: Command): boolean {
  return command.options.some(({ long }) => long === '--folder');
}

const NOT_IN_NAMES = /[^A-Za-z0-9._-]/g;

/** Who acts by the command line, as the audit names them. */
function commandLine(): string {
  return `cli:${osUser().replaceAll(NOT_IN_NAMES, '-').slice(0, 60) || 'unknown'}`;
}

function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may have no entry for the user that it runs as.
    return `uid-${process.getuid?.() ?? ''}`;
  }
}
