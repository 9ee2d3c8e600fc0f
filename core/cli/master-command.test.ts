import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COUNTRY } from '../master/master.fixture.ts';
import { openCore } from '../open-core.ts';
import { silent } from '../pipeline/pipeline.fixture.ts';
import { masterCommand } from './master-command.ts';

let folder: string;
let said: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enroute-master-'));
  said = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** One call of the command line: the core is opened for it and closed again. */
async function master(...args: readonly string[]): Promise<string> {
  said = [];
  const options = {
    folder,
    passphrase: 'p',
    couchdbUrl: undefined,
    couchdbPrefix: '',
    now: () => new Date(),
    log: silent,
  };
  const command = masterCommand(
    async (_folder, _whenNew, work) => {
      const core = await openCore(options, 'create');
      try {
        await work(core);
      } finally {
        await core.close();
      }
    },
    (text) => said.push(text),
  );
  await command.parseAsync([...args, '--folder', folder], { from: 'user' });
  return said.join('\n');
}

describe('`enroute core master`', () => {
  it('sets what stands in a file, and shows it', async () => {
    const file = join(folder, 'country.json');
    await writeFile(file, JSON.stringify(COUNTRY));
    expect(await master('show')).toBe('No master data is set.');
    expect(await master('set', file)).toBe('Master data 1 is set; sent to 0 stations.');
    expect(await master('set', file)).toBe('Master data 1 was set already; sent to 0 stations.');
    expect(JSON.parse(await master('show'))).toEqual({ number: 1, at: expect.any(String), country: COUNTRY });
  });

  it('refuses a file with something in it that it does not know, and says what', async () => {
    const file = join(folder, 'country.json');
    await writeFile(file, JSON.stringify({ ...COUNTRY, aproval: false }));
    await expect(master('set', file)).rejects.toThrow(/country\.json is not a country's master data[\s\S]*aproval/);
    expect(await master('show')).toBe('No master data is set.');
  });
});
