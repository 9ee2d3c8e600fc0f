/** `enroute core master …`: the country's master data, set from a file and shown. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { type CountryMaster, countryMasterSchema } from '../master/country-master.ts';
import type { OpenedCore } from '../open-core.ts';

interface Folder {
  readonly folder: string;
}

type Administer = (folder: string, whenNew: 'refuse', work: (core: OpenedCore) => Promise<void>) => Promise<void>;

export function masterCommand(administer: Administer, say: (text: string) => void): Command {
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
      const country = await readCountry(file);
      await administer(folder, 'refuse', async (core) => {
        const { number, changed, sent } = await core.setMaster(country);
        say(`Master data ${number} ${changed ? 'is set' : 'was set already'}; sent to ${sent} stations.`);
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

async function readCountry(path: string): Promise<CountryMaster> {
  const country = countryMasterSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (!country.success) throw new Error(`${path} is not a country's master data.\n${z.prettifyError(country.error)}`);
  return country.data;
}
