/** `enroute backup`, `enroute restore`: a core on the embedded store, whole, in another folder. */
import { resolve } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { openLog } from '@enroute/sync/disk/log-file.ts';
import { Command } from 'commander';
import { pino } from 'pino';
import { backUpAct } from '../administration/core-acts.ts';
import { restoreBackup } from '../backup/restore-backup.ts';
import { takeBackup } from '../backup/take-backup.ts';
import { verifyBackup } from '../backup/verify-backup.ts';
import { absolute, type CoreSite, meantCore, type Which, whichCore } from './core-site.ts';

interface BackingUp extends Which {
  readonly verify?: string;
}

const AMISS = 1;

export function backupCommand(site: CoreSite): Command {
  return whichCore(new Command('backup'))
    .argument('[to]', 'a folder that is empty or not there yet')
    .description('Backs a core on the embedded store up, also while it runs. Exit 1 when a packet was found damaged.')
    .option('--verify <backup>', 'holds every file of a backup against its manifest instead', absolute)
    .action(async (to: string | undefined, options: BackingUp) => {
      if (options.verify !== undefined) return sayVerified(options.verify, site);
      if (to === undefined) throw new EnrouteError('ENR-BAK-001', 'no folder was named');
      const { options: core } = await meantCore(options);
      if (core.couchdbUrl) throw new EnrouteError('ENR-BAK-004');
      const target = resolve(to);
      // Before: so it is in the backup, too, and none is taken that is not noted.
      await site.act(core.folder, backUpAct, {});
      const { databases, packets, bytes, damaged } = await takeBackup(core.folder, target, site.now());
      site.say(`${databases} databases and ${packets} packets, ${bytes} bytes, are in ${target}.`);
      for (const digest of damaged) site.warn(`The packet ${digest} is damaged in the vault, and not in the backup.`);
      if (damaged.length > 0) site.endWith(AMISS);
    });
}

async function sayVerified(folder: string, { say }: Pick<CoreSite, 'say'>): Promise<void> {
  const { files, bytes } = await verifyBackup(folder);
  say(`All ${files} files, ${bytes} bytes, are as they were written.`);
}

export function restoreCommand(site: Pick<CoreSite, 'by' | 'say' | 'now'>): Command {
  return whichCore(new Command('restore'))
    .argument('<from>', 'a backup')
    .description('Makes a core of a backup, under a new epoch, in a folder that is empty or not there yet.')
    .action(async (from: string, options: Which) => {
      const { options: core } = await meantCore(options);
      const log = openLog(pino.destination(process.stderr.fd), 'error');
      const { at, files } = await restoreBackup(resolve(from), {
        ...core,
        now: () => site.now(),
        log,
        by: site.by,
      });
      site.say(`The core is in ${core.folder}, of ${files} files, and of a new epoch. Back it up anew once it runs.`);
      site.say('Stations that reach it offer again what they hold and the backup lacks.');
      site.say('Everybody is signed out, and sign-in links and invitations that nobody had used are void.');
      site.say(
        `Before the start, do again what was done since ${at}: suspensions, revocations, people that were closed;`,
      );
      site.say('after it, in the console: roles that were taken away, services that were withdrawn.');
    });
}
