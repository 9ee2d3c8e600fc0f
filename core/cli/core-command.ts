/** `enroute core …`: the core in one process, and what an administrator does with it. Secrets come from the environment, never from the command line. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isRid } from '@enroute/shared/rid/rid.ts';
import { stationCardSchema } from '@enroute/shared/schemas/cards.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { Command } from 'commander';
import { conservationAct, deadLettersAct, registerAct, resumeAct } from '../administration/core-acts.ts';
import { audited } from '../audit/audited.ts';
import { exportPacket } from '../export/export-packet.ts';
import { auditCommands } from './audit-commands.ts';
import { backupCommand, restoreCommand } from './backup-commands.ts';
import { configCommand } from './config-commands.ts';
import { absolute, type CoreSite, coreSite, whichCore } from './core-site.ts';
import { courierCommands } from './courier-commands.ts';
import { flowCommands } from './flow-commands.ts';
import { masterCommand } from './master-command.ts';
import { peopleCommands } from './people-commands.ts';
import { readJsonFile } from './read-json-file.ts';
import { registrationsCommands } from './registrations-commands.ts';
import { coreStartCommand, gatewayCommand, workerCommand } from './start-commands.ts';
import { stationCommands } from './station-commands.ts';
import { statusCommand } from './status-command.ts';
import { tellFailure } from './tell-failure.ts';
import { vaultCommands } from './vault-commands.ts';

/** What the one command line needs of the core: commands, and how their failures end the process. */
export interface CoreRoom {
  readonly command: Command;
  readonly tell: (error: unknown) => number;
}

const voice = {
  say: (text: string): void => {
    process.stdout.write(`${text}\n`);
  },
  warn: (text: string): void => {
    process.stderr.write(`${text}\n`);
  },
  endWith: (code: number): void => {
    process.exitCode = code;
  },
};

const roomOf = (command: Command): CoreRoom => ({ command, tell: (error) => tellFailure(voice.warn, error) });

export const coreRoom = (): CoreRoom => roomOf(coreCommand());
export const gatewayRoom = (): CoreRoom => roomOf(gatewayCommand(voice));
export const workerRoom = (): CoreRoom => roomOf(workerCommand(voice));
export const backupRoom = (): CoreRoom => {
  const site = coreSite(voice);
  // To verify a backup no core is needed.
  const take = async (_room: Command, command: Command): Promise<void> => {
    if (command.opts().verify === undefined) await site.take(command);
  };
  return roomOf(backupCommand(site).hook('preAction', take));
};
export const restoreRoom = (): CoreRoom => roomOf(restoreCommand(coreSite(voice)));
export const configRoom = (): CoreRoom => roomOf(configCommand({ ...voice, now: () => new Date() }));

interface Folder {
  readonly folder: string;
}

function coreCommand(): Command {
  const site = coreSite(voice);
  const core = new Command('core').description('The core. Needs ENROUTE_CORE_PASSPHRASE; COUCHDB_URL for a CouchDB.');
  core.addCommand(coreStartCommand(voice));
  for (const command of coreCommands(site)) core.addCommand(command);
  core.hook('preAction', (_core, command) => site.take(command));
  return core;
}

/** All that know a core by its folder. */
export function coreCommands(site: CoreSite): Command[] {
  const named = (name: string): Command => whichCore(new Command(name));
  const { say } = site;

  const init = named('init')
    .description("Makes the core's keys.")
    .action(async ({ folder }: Folder) => {
      await mkdir(folder, { recursive: true });
      await site.administer(folder, 'create', async ({ audit }) => {
        await audit.note({ by: site.by, act: 'core.init', outcome: 'done' });
        say(`The core is in ${folder}.`);
      });
    });

  const register = named('register')
    .argument('<station-card>')
    .description("Registers a station by its card and prints the core's own, for `enroute station trust`.")
    .action(async (path: string, { folder }: Folder) => {
      const card = await readJsonFile(path, stationCardSchema, "a station's card");
      say(JSON.stringify(await site.act(folder, registerAct, card), null, 2));
    });

  const conservation = named('conservation')
    .description('Checks: packets in = terminal + parked + queued + dead-lettered. Exit 1 when it does not hold.')
    .action(async ({ folder }: Folder) => {
      const checked = await site.act(folder, conservationAct, {});
      say(JSON.stringify(checked, null, 2));
      if (!checked.holds) site.endWith(1);
    });

  const status = statusCommand(site, named('status'));

  const deadLetters = named('dead-letters')
    .description('Lists the registrations that the pipeline has given up, and why.')
    .action(async ({ folder }: Folder) => {
      const { letters, complete } = await site.act(folder, deadLettersAct, {});
      say(JSON.stringify(letters, null, 2));
      if (!complete) site.warn('There may be more than these.');
    });

  const resume = named('resume')
    .argument('<rid>')
    .description('Takes a dead letter up again, at the stage that gave up.')
    .action(async (rid: string, { folder }: Folder) => {
      await site.act(folder, resumeAct, { rid });
      say(`${rid} is to go on: a worker takes it up.`);
    });

  const newEpoch = named('new-epoch')
    .description('After a restore from a backup, before the start: has stations offer again what they still hold.')
    .action(({ folder }: Folder) =>
      site.administer(folder, 'refuse', async (opened) => {
        await audited(opened.audit, { by: site.by, act: 'core.new-epoch' }, () => opened.newEpoch());
        say('The core is of a new epoch from its next start on. Stations that reach it offer again what they hold and');
        say('the backup lacks; what they had released already can not come back. Back core-keys.json up anew.');
        say('Everybody is signed out, and sign-in links and invitations that nobody had used are void. Suspensions,');
        say('revocations and closed people since the backup have to be done again.');
      }),
    );

  const rotateKeys = named('rotate-keys')
    .description('Gives the core new keys, while all of its processes are stopped. Stations follow by themselves.')
    .action(({ folder }: Folder) =>
      site.administer(folder, 'refuse', async (opened) => {
        const signing = await audited(
          opened.audit,
          { by: site.by, act: 'core.rotate-keys' },
          () => opened.rotateKeys(),
          (keyId) => `core to key ${keyId}`,
        );
        say(`The core signs with key ${signing} from its next start on, and still opens what was sealed before.`);
        say('Copy core-keys.json to every machine of this core before it starts, and back it up anew.');
      }),
    );

  const exported = named('export-packet')
    .argument('<rid>')
    .description("Writes the packet of a registration as a zip in MOSIP's layout, opened: it holds personal data.")
    .requiredOption('--to <zip>', 'the file to write; it must not be there yet', absolute)
    .action((rid: string, { folder, to }: Folder & { readonly to: string }) =>
      site.administer(folder, 'refuse', async (opened) => {
        if (!isRid(rid)) throw new EnrouteError('ENR-EXP-001', rid);
        // Noted before there is a file: what somebody has seen stands in the audit, whatever becomes of the export.
        await audited(opened.audit, { by: site.by, act: 'packet.export', done: `registration ${rid}` }, () =>
          exportPacket(rid, to, opened, openLogFile(join(folder, 'core.log'))),
        );
        say(`The packet of ${rid} is in ${to}, and not encrypted.`);
      }),
    );

  return [
    init,
    register,
    ...stationCommands(site),
    peopleCommands(site),
    auditCommands(site),
    conservation,
    masterCommand(site),
    flowCommands(site),
    registrationsCommands(site),
    status,
    deadLetters,
    resume,
    newEpoch,
    rotateKeys,
    exported,
    ...courierCommands(site),
    ...vaultCommands(site),
  ];
}
