import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { describe, expect, test } from 'vitest';
import type { PipelineEvent } from '../pipeline/events/event.ts';
import { put, registrationOf, ridOf } from '../pipeline/pipeline.fixture.ts';
import { openTestSite, type TestSite } from './core-site.fixture.ts';
import { flowCommands } from './flow-commands.ts';

/** The fixture says which core is meant; these two commands ask for none. */
const openFlowSite = (): Promise<TestSite> =>
  openTestSite((site) => {
    const command = flowCommands(site);
    for (const name of ['check', 'show'])
      command.commands.find((each) => each.name() === name)?.option('--folder <path>');
    return [command];
  });

/** On their way on NEW, in a version that nobody has any more and in the newest; one of them has ended. */
async function populate({ core }: TestSite): Promise<void> {
  const old = (sequence: number, change: Partial<Registration>): Registration =>
    registrationOf(ridOf(sequence), { flow: { name: 'NEW', version: 1 }, state: 'IN_FLOW', ...change });
  const parked = { reason: 'correction', until: '2026-04-01T00:00:00.000Z' } as const;
  const { registrations } = core.databases;
  await put(registrations, old(1, { stage: 'validate' }));
  await put(registrations, old(2, { stage: 'validate' }));
  await put(registrations, old(3, { stage: 'ask-correction', state: 'PARKED', parked }));
  await put(registrations, old(4, { stage: 'finalise', state: 'COMPLETED' }));
  await put(registrations, old(5, { stage: 'quality', flow: { name: 'NEW', version: 2 } }));
  await put(registrations, registrationOf(ridOf(6)));
}

const eventsOf = ({ core }: TestSite): Promise<PipelineEvent[]> =>
  core.databases.events.range<PipelineEvent>({ start: '0', end: ':', limit: 100 });

const MIGRATE = ['flow', 'migrate', 'new', '--from', '1', '--to', '2'] as const;

describe('enroute core flow', () => {
  test('check says which flows are in order, and what is wrong with a file', async () => {
    const site = await openFlowSite();
    const { said } = await site.run('flow', 'check');
    expect(said).toContain('NEW version 2: 13 stages, in order.');
    expect(said).toHaveLength(7);
    const file = join(site.folder, 'new.yaml');
    await writeFile(file, 'flow: NEW\nversion: none\n');
    await expect(site.run('flow', 'check', file)).rejects.toThrow(`${file}:2:10: version: `);
  });

  test('show draws a flow, in the terminal and for documents', async () => {
    const site = await openFlowSite();
    expect((await site.run('flow', 'show', 'lost')).said.join('\n')).toContain('decision comes');
    const { said } = await site.run('flow', 'show', 'NEW', '--version', '2', '--format', 'mermaid');
    expect(said.join('\n')).toMatch(/^flowchart TD\n/);
    await expect(site.run('flow', 'show', 'NEW', '--version', '99')).rejects.toThrow('ENR-FLW-003');
    await expect(site.run('flow', 'show', 'OLD')).rejects.toThrow('One of NEW');
  });

  test('versions counts who is on their way on which, and names what is not loaded any more', async () => {
    const site = await openFlowSite();
    await populate(site);
    const { said } = await site.run('flow', 'versions');
    expect(said).toContain('NEW version 2: 1 on their way, which new ones enter');
    expect(said).toContain('LOST version 1: 0 on their way, which new ones enter');
    expect(said.at(-1)).toMatch(/^NEW version 1: 3 on their way, and it is not loaded/);
  });

  test('migrate shows first who would go where, and orders nothing', async () => {
    const site = await openFlowSite();
    await populate(site);
    const { said } = await site.run(...MIGRATE, '--map', 'validate=packet');
    expect(said).toEqual([
      '2 in IN_FLOW at validate -> packet',
      '1 in PARKED at ask-correction (waits: correction) -> ask-correction',
      'Nothing was moved. Carry it out with --yes.',
    ]);
    expect(await eventsOf(site)).toEqual([]);
  });

  test('migrate orders everyone who is on their way, and the audit has it', async () => {
    const site = await openFlowSite();
    await populate(site);
    const { said } = await site.run(...MIGRATE, '--map', 'validate=packet', '--yes');
    expect(said.at(-1)).toMatch(/^3 registrations were ordered to version 2/);
    const events = await eventsOf(site);
    expect(events.map(({ rid }) => rid)).toEqual([ridOf(1), ridOf(2), ridOf(3)]);
    expect(events[0]).toMatchObject({
      kind: 'act',
      by: 'cli:test',
      act: { do: 'migrate', from: { version: 1, stage: 'validate' }, to: { version: 2, stage: 'packet' } },
    });
    const noted = (await site.audit()).filter(({ act }) => act === 'flow.migrate');
    expect(noted.map(({ done, outcome }) => [done, outcome])).toEqual([
      ['flow NEW from 1 to 2', 'begun'],
      ['flow NEW from 1 to 2', 'done'],
    ]);
  });

  test('migrate orders nobody when there is one without a place', async () => {
    const site = await openFlowSite();
    await populate(site);
    await expect(site.run(...MIGRATE, '--yes')).rejects.toThrow('ENR-FLW-004');
    await expect(site.run('flow', 'migrate', 'NEW', '--from', '2', '--to', '9', '--yes')).rejects.toThrow(
      'ENR-FLW-003',
    );
    expect(await eventsOf(site)).toEqual([]);
  });
});
