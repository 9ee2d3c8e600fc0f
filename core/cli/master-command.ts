/** `enroute core master …`: the country's master data, set from a file and shown. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { countryMasterSchema } from '../master/country-master.ts';
import type { OpenedCore } from '../open-core.ts';
import { masterWarnings } from './master-warnings.ts';
import { readJsonFile } from './read-json-file.ts';

interface Folder {
  readonly folder: string;
}

type Administer = (folder: string, whenNew: 'refuse', work: (core: OpenedCore) => Promise<void>) => Promise<void>;

interface Voice {
  /** Results. */
  say(text: string): void;
  /** What is said beside them. */
  warn(text: string): void;
}

export function masterCommand(administer: Administer, { say, warn }: Voice): Command {
  const master = new Command('master').description(
    "The country's master data: centers, machines, people, devices, limits.",
  );
  const withFolder = (name: string): Command =>
    master
      .command(name)
      .requiredOption('--folder <folder>', 'where the core keeps what it keeps on this machine', (path: string) =>
        resolve(path),
      );

  withFolder('set <file>')
    .description('Sets it, in place of what was set before, and sends every station what concerns it.')
    .action(async (file: string, { folder }: Folder) => {
      const country = await readJsonFile(file, countryMasterSchema, "a country's master data");
      await administer(folder, 'refuse', async (core) => {
        const stations = (await core.stations.list()).map(({ station }) => station);
        const { number, changed, sent } = await core.setMaster(country);
        say(`Master data ${number} ${changed ? 'is set' : 'was set already'}; stations it was sent to: ${sent}.`);
        for (const sentence of masterWarnings(country, stations)) warn(sentence);
      });
    });

  withFolder('show')
    .description('Prints what was set last.')
    .action(({ folder }: Folder) =>
      administer(folder, 'refuse', async (core) => {
        const stored = await core.master();
        if (!stored) return say('No master data is set.');
        const { number, at, country } = stored;
        say(JSON.stringify({ number, at, country }, null, 2));
      }),
    );
  return master;
}
