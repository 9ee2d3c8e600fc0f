import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { describe, expect, it } from 'vitest';
import { eventSchema } from '../pipeline/events/event.ts';
import { put, registrationOf, ridOf } from '../pipeline/pipeline.fixture.ts';
import type { Doc } from '../store/store.ts';
import { openTestSite, type TestSite } from './core-site.fixture.ts';
import { registrationsCommands } from './registrations-commands.ts';

const FAILED = { at: '2026-03-01T10:00:00.000Z', stage: 'uin', outcome: 'retry', code: 'ENR-UIN-001' } as const;
const DEAD: Partial<Registration> = { state: 'DEAD_LETTER', stage: 'uin', attempts: 12, history: [FAILED] };
const RULE = { name: 'ramadan', match: { centers: ['10001'] }, until: '2099-01-01T00:00:00.000Z', after: 'resume' };

/** With two dead letters and one that is in flow. */
async function open(): Promise<TestSite> {
  const site = await openTestSite((of) => [registrationsCommands(of)]);
  const { registrations } = site.core.databases;
  for (const sequence of [1, 2]) await put(registrations, registrationOf(ridOf(sequence), DEAD));
  await put(registrations, registrationOf(ridOf(3), { state: 'IN_FLOW', stage: 'quality' }));
  return site;
}

async function ordered({ core }: TestSite): Promise<unknown[]> {
  const docs = await core.databases.events.range<Doc>({ start: '0', end: ':', limit: 10 });
  return docs.map((doc) => {
    const event = eventSchema.parse(doc);
    return event.kind === 'act' ? [event.rid, event.by, event.act] : event;
  });
}

describe('`enroute core registrations`', () => {
  it('list: counts what is chosen, and shows some', async () => {
    const site = await open();
    const { said, code } = await site.run('registrations', 'list', '--state', 'DEAD_LETTER');
    expect(code).toBe(0);
    expect(said[0]).toBe('2 of 2 that were looked at.');
    expect(said).toContain('stage   uin 2');
    expect(said.join('\n')).toContain(ridOf(1));
    const json = await site.run('registrations', 'list', '--center', '10001', '--json');
    expect(JSON.parse(json.said.join(''))).toMatchObject({ byState: { DEAD_LETTER: 2, IN_FLOW: 1 }, complete: true });
    await expect(site.run('registrations', 'list', '--state', 'LOST')).rejects.toThrow('--state');
  });

  it('show: tells where one is, and all that was noted', async () => {
    const site = await open();
    const { said } = await site.run('registrations', 'show', ridOf(1));
    expect(said.join('\n')).toMatch(/DEAD_LETTER at uin since [\s\S]*uin {2}retry {2}ENR-UIN-001/);
    await expect(site.run('registrations', 'show', ridOf(9))).rejects.toMatchObject({ code: 'ENR-WEB-001' });
  });

  it('show: names those in question of one that waits for a decision, which is then ordered', async () => {
    const site = await open();
    const parked = { reason: 'decision', until: '2099-01-01T00:00:00.000Z' } as const;
    const facts = { candidates: [ridOf(7), ridOf(8)] };
    await put(
      site.core.databases.registrations,
      registrationOf(ridOf(4), { state: 'PARKED', stage: 'find-person', parked, facts }),
    );
    const { said } = await site.run('registrations', 'show', ridOf(4));
    expect(said).toContain(`in question: ${ridOf(8)}`);
    await site.run('registrations', 'decide', ridOf(4), '--person', ridOf(8));
    expect(await ordered(site)).toEqual([[ridOf(4), 'cli:test', { do: 'decide', accept: ridOf(8) }]]);
  });

  it('stop: tells a code that says no, and none other', async () => {
    const site = await open();
    await expect(site.run('registrations', 'stop', ridOf(3), '--tell', 'ENR-OUT-001')).rejects.toThrow('--tell');
  });

  it('one is ordered at once, with an entry in the audit before and after', async () => {
    const site = await open();
    const { said } = await site.run('registrations', 'stop', ridOf(3), '--tell', 'ENR-ACT-001');
    expect(await ordered(site)).toEqual([[ridOf(3), 'cli:test', { do: 'stop', code: 'ENR-ACT-001' }]]);
    const done = `registration ${ridOf(3)}: stop with ENR-ACT-001`;
    const entries = await site.audit(2);
    expect(entries).toMatchObject([{ act: 'registration.order', done, outcome: 'begun' }, { outcome: 'done' }]);
    const id = said.join(' ').match(/status ([0-9a-f]{32})/)?.[1] ?? '';
    expect((await site.run('registrations', 'status', id)).said.at(-1)).toBe('0 applied, 0 ignored, 1 waiting.');
  });

  it('several are only shown, and ordered with the token of what was shown', async () => {
    const site = await open();
    const shown = await site.run('registrations', 'resume', '--state', 'DEAD_LETTER');
    expect(shown.code).toBe(1);
    expect(await ordered(site)).toEqual([]);
    expect((await site.run('registrations', 'resume', '--preview', '--state', 'DEAD_LETTER')).code).toBe(0);
    const token = shown.said.join(' ').match(/--token ([0-9a-f]{32})/)?.[1] ?? '';
    const given = await site.run('registrations', 'resume', '--token', token);
    expect(given.code).toBe(0);
    expect(await ordered(site)).toEqual([1, 2].map((sequence) => [ridOf(sequence), 'cli:test', { do: 'resume' }]));
    expect((await site.audit(1))[0]).toMatchObject({
      done: `order ${token}: resume, 2 registrations`,
      outcome: 'done',
    });
  });

  it.each([
    [['resume-from', 'quality', ridOf(1)], { do: 'resume-from', stage: 'quality' }],
    [['restart', ridOf(1)], { do: 'restart' }],
    [['prioritise', 'urgent', ridOf(1)], { do: 'prioritise', priority: 'urgent' }],
    [['pause', ridOf(1), '--for', '2', '--then', 'stop'], { do: 'pause', after: 'stop' }],
  ])('%j', async (given, act) => {
    const site = await open();
    await site.run('registrations', ...given);
    expect(await ordered(site)).toEqual([[ridOf(1), 'cli:test', expect.objectContaining(act)]]);
  });

  it('rules: shows first what one would hold, then sets, lists and removes it', async () => {
    const site = await open();
    const file = join(site.folder, 'rule.json');
    await writeFile(file, JSON.stringify(RULE));
    const preview = await site.run('registrations', 'rules', 'set', file, '--preview');
    expect([preview.said[0], preview.said.at(-1)]).toEqual(['1 of 1 that were looked at.', 'Nothing was set.']);
    await site.run('registrations', 'rules', 'set', file);
    expect(JSON.parse((await site.run('registrations', 'rules', 'list', '--json')).said.join(''))).toMatchObject([
      RULE,
    ]);
    await site.run('registrations', 'rules', 'remove', 'ramadan');
    expect((await site.run('registrations', 'rules', 'list')).said).toEqual(['There is no pause rule.']);
    expect((await site.audit(1))[0]).toMatchObject({ act: 'pause-rule.remove', done: 'pause rule ramadan' });
    await writeFile(file, '{}');
    await expect(site.run('registrations', 'rules', 'set', file)).rejects.toThrow();
  });
});
