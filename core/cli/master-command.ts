/** `enroute core master …`: sets the country's master data from a file, and shows what is set; also while the core runs. */
import { Command } from 'commander';
import { setMasterAct, showMasterAct } from '../administration/core-acts.ts';
import { countryMasterSchema } from '../master/country-master.ts';
import { type CoreSite, whichCore } from './core-site.ts';
import { masterWarnings } from './master-warnings.ts';
import { readJsonFile } from './read-json-file.ts';

interface Folder {
  readonly folder: string;
}

export function masterCommand({ act, say, warn }: Pick<CoreSite, 'act' | 'say' | 'warn'>): Command {
  const master = new Command('master').description(
    "The country's master data: centers, machines, people, devices, limits.",
  );

  whichCore(master.command('set <file>'))
    .description('Sets it, in place of what was set before, and sends every station what concerns it.')
    .action(async (file: string, { folder }: Folder) => {
      const country = await readJsonFile(file, countryMasterSchema, "a country's master data");
      const { number, changed, sent, stations } = await act(folder, setMasterAct, country);
      say(`Master data ${number} ${changed ? 'is set' : 'was set already'}; stations it was sent to: ${sent}.`);
      for (const sentence of masterWarnings(country, stations)) warn(sentence);
    });

  whichCore(master.command('show'))
    .description('Prints what was set last.')
    .action(async ({ folder }: Folder) => {
      const set = await act(folder, showMasterAct, {});
      say(set ? JSON.stringify(set, null, 2) : 'No master data is set.');
    });
  return master;
}
