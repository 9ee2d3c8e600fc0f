import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Doc, Stored } from '../store/store.ts';
import { auditCommands } from './audit-commands.ts';
import { openTestSite, type TestSite } from './core-site.fixture.ts';
import { peopleCommands } from './people-commands.ts';

const NOTES = 4;

/** With an opening and four entries in its audit. */
async function open(): Promise<TestSite> {
  const site = await openTestSite((of) => [auditCommands(of), peopleCommands(of)]);
  await site.run('person', 'add', 'amina', '--role', 'auditor');
  await site.run('person', 'link', 'amina');
  return site;
}

async function takeOut(site: TestSite, documents: readonly Stored<Doc>[]): Promise<void> {
  const { audit } = site.core.databases;
  await audit.write(documents.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
}

const everything = ({ core }: TestSite) => core.databases.audit.range({ start: '', end: '~', limit: 100 });

describe('`enroute core audit`', () => {
  it('verify: says that it holds, or each fault, and fails then', async () => {
    const site = await open();
    const said = [`${1 + NOTES} entries of 1 writers.`, 'The audit holds.'];
    expect(await site.run('audit', 'verify')).toEqual({ said, code: 0 });
    const second = (await everything(site)).find(({ _id }) => _id.endsWith('~0000000002'));
    await takeOut(site, second ? [second] : []);
    await expect(site.run('audit', 'verify')).rejects.toMatchObject({ code: 'ENR-AUD-002', detail: '1 faults' });
    await expect(site.run('audit', 'heads')).rejects.toMatchObject({ code: 'ENR-AUD-002' });
  });

  it('heads: prints the ends, against which a whole chain that was taken out is missed', async () => {
    const site = await open();
    const heads = join(site.folder, 'heads.json');
    await writeFile(heads, (await site.run('audit', 'heads')).said.join('\n'));
    expect((await site.run('audit', 'verify', '--against', heads)).said).toContain('The audit holds.');
    await takeOut(site, await everything(site));
    expect((await site.run('audit', 'verify')).said).toContain('The audit holds.');
    await expect(site.run('audit', 'verify', '--against', heads)).rejects.toMatchObject({ code: 'ENR-AUD-002' });
    await writeFile(heads, '{}');
    await expect(site.run('audit', 'verify', '--against', heads)).rejects.toThrow('is not a file of');
  });

  it('show: prints the newest first, as many as are asked for, as lines or as JSON', async () => {
    const site = await open();
    const { said } = await site.run('audit', 'show', '--limit', '3');
    expect(said.map((line) => line.split('  ').slice(1).join(' '))).toEqual([
      'cli:test person.give-link done person amina',
      'cli:test person.give-link begun person amina',
      'cli:test person.add done person amina: auditor',
    ]);
    const json = (await site.run('audit', 'show', '--json')).said.map((line) => JSON.parse(line));
    expect(json.map(({ n }) => n)).toEqual([5, 4, 3, 2, 1]);
    await expect(site.run('audit', 'show', '--limit', '0')).rejects.toThrow('whole number');
  });
});
