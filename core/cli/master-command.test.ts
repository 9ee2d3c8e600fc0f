import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { perform } from '../administration/act.ts';
import { countryMasterSchema } from '../master/country-master.ts';
import { COUNTRY } from '../master/master.fixture.ts';
import { openCore } from '../open-core.ts';
import { silent } from '../pipeline/pipeline.fixture.ts';
import { makeQuickKeys } from '../quick-keys.fixture.ts';
import { masterCommand } from './master-command.ts';
import { masterWarnings } from './master-warnings.ts';

let folder: string;
let said: string[] = [];
let warned: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(quickTmpdir(), 'enroute-master-'));
  await makeQuickKeys(folder, 'p');
  said = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** One call of the command line: the core is opened for it and closed again. */
async function master(...args: readonly string[]): Promise<string> {
  said = [];
  warned = [];
  const options = {
    folder,
    passphrase: 'p',
    couchdbUrl: undefined,
    couchdbPrefix: '',
    now: () => new Date(),
    log: silent,
  };
  const command = masterCommand({
    act: async (_folder, act, input) => {
      const core = await openCore(options, 'create');
      try {
        return await perform(core, act, input, 'cli:test');
      } finally {
        await core.close();
      }
    },
    say: (text) => said.push(text),
    warn: (text) => warned.push(text),
  });
  await command.parseAsync([...args, '--folder', folder], { from: 'user' });
  return said.join('\n');
}

describe('`enroute core master`', () => {
  it('sets what stands in a file, and shows it', async () => {
    const file = join(folder, 'country.json');
    await writeFile(file, JSON.stringify(COUNTRY));
    expect(await master('show')).toBe('No master data is set.');
    expect(await master('set', file)).toBe('Master data 1 is set; stations it was sent to: 0.');
    expect(warned).toEqual([]);
    expect(await master('set', file)).toBe('Master data 1 was set already; stations it was sent to: 0.');
    expect(JSON.parse(await master('show'))).toEqual({ number: 1, at: expect.any(String), country: COUNTRY });
  });

  it('refuses a file with something in it that it does not know, and says what', async () => {
    const file = join(folder, 'country.json');
    await writeFile(file, JSON.stringify({ ...COUNTRY, aproval: false }));
    await expect(master('set', file)).rejects.toThrow(/country\.json is not a country's master data[\s\S]*aproval/);
    expect(await master('show')).toBe('No master data is set.');
  });

  it('sets what would stop a center, and says so', async () => {
    const file = join(folder, 'country.json');
    const people = COUNTRY.people?.filter(({ roles }) => !roles.includes('supervisor'));
    await writeFile(file, JSON.stringify({ ...COUNTRY, people }));
    expect(await master('set', file)).toContain('Master data 1 is set');
    expect(warned).toEqual([
      'Center 10001 has people and no supervisor: nothing that is enrolled there can be approved.',
    ]);
  });

  it('is shown in the manual by an example that stops nothing', async () => {
    const manual = await readFile(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    const example = /### Master data[\s\S]*?```json\n([\s\S]*?)```/.exec(manual)?.[1] ?? '';
    const country = countryMasterSchema.parse(JSON.parse(example));
    expect(country.approval).toBe(true);
    expect(masterWarnings(country, ['1000110077'])).toEqual([]);
  });
});

describe('what master data would stop', () => {
  it('is a registered station whose center, machine or people are not named, and nothing where a part is left out', () => {
    expect(masterWarnings(COUNTRY, ['1000110001'])).toEqual([]);
    expect(masterWarnings(COUNTRY, ['1000210001'])).toEqual([
      'Station 1000210001 can not enrol: it is not named in "machines".',
    ]);
    expect(masterWarnings(COUNTRY, ['1000310001'])).toEqual([
      'Station 1000310001 can not enrol: its center 10003 is not named in "centers".',
      'Station 1000310001 can not enrol: it is not named in "machines".',
      'Station 1000310001 can not enrol: "people" names nobody for its center 10003.',
    ]);
    expect(masterWarnings({ approval: true }, ['1000310001'])).toEqual([]);
  });

  it('is a center with people and no supervisor, where approval is asked for', () => {
    const people = COUNTRY.people?.slice(0, 1) ?? [];
    expect(masterWarnings({ approval: true, people }, [])).toHaveLength(1);
    expect(masterWarnings({ approval: false, people }, [])).toEqual([]);
  });
});
