import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import type { Database, Doc, Store } from '../../store/store.ts';
import { NOW, registrationOf, ridOf, silent } from '../pipeline.fixture.ts';
import { immuneAfter } from './immunity.ts';
import { type PauseRule, pauseGate, pauseRuleSchema, ruleText } from './pause-rule.ts';
import { listPauseRules, removePauseRule, setPauseRule, watchPauseRules } from './pause-rules.ts';

const UNTIL = '2026-03-02T08:00:00.000Z';
const rule = (change: Partial<PauseRule> = {}): PauseRule =>
  pauseRuleSchema.parse({ name: 'ramadan', match: {}, until: UNTIL, after: 'resume', ...change });
const inFlow = registrationOf(ridOf(1), { state: 'IN_FLOW', stage: 'quality', facts: { ageGroup: 'INFANT' } });
const gateOf = (...rules: PauseRule[]) =>
  pauseGate(
    () => rules,
    () => 'finalise',
  );

describe('a pause rule', () => {
  it.each([
    ['every registration', {}, true],
    ['a process', { processes: ['NEW'] }, true],
    ['another process', { processes: ['UPDATE', 'LOST'] }, false],
    ['a center', { centers: ['10001'] }, true],
    ['another center', { centers: ['10002'] }, false],
    ['a station', { stations: [inFlow.station] }, true],
    ['an operator', { operators: ['op2'] }, false],
    ['what the stages have found out', { when: { fact: 'ageGroup', is: 'INFANT' } }, true],
    ['all that it says', { centers: ['10001'], when: { fact: 'ageGroup', is: 'ADULT' } }, false],
  ] as const)('holds %s', (_what, match, held) => {
    const outcome = gateOf(rule({ match: match as PauseRule['match'] }))(inFlow, NOW);
    expect(outcome).toEqual(
      held
        ? {
            kind: 'park',
            reason: 'paused',
            until: new Date(UNTIL),
            key: 'ramadan',
            pause: { rule: 'ramadan', after: 'resume' },
          }
        : undefined,
    );
  });

  it('holds only in its time', () => {
    const gate = gateOf(rule({ from: '2026-03-01T12:00:00.000Z' }));
    expect(gate(inFlow, NOW)).toBeUndefined();
    expect(gate(inFlow, new Date('2026-03-01T12:00:00.000Z'))).toBeDefined();
    expect(gate(inFlow, new Date(UNTIL))).toBeUndefined();
  });

  it('holds for its hours, but not beyond its end', () => {
    const until = (change: Partial<PauseRule>) => gateOf(rule(change))(inFlow, NOW);
    expect(until({ hours: 2 })).toMatchObject({ until: new Date('2026-03-01T10:00:00.000Z') });
    expect(until({ hours: 100 })).toMatchObject({ until: new Date(UNTIL) });
  });

  it('gives way to one that holds longer', () => {
    const short = rule({ name: 'short', hours: 1 });
    expect(gateOf(short, rule(), rule({ name: 'zero' }))(inFlow, NOW)).toMatchObject({ key: 'ramadan' });
  });

  it('does not hold again what was let go, nor what the station may have been told', () => {
    const gate = gateOf(rule());
    expect(gate({ ...inFlow, immune: ['ramadan'] }, NOW)).toBeUndefined();
    expect(gate({ ...inFlow, stage: 'finalise' }, NOW)).toBeUndefined();
    expect(gate({ ...inFlow, verdict: { state: 'REJECTED', code: 'ENR-VAL-001' } }, NOW)).toBeUndefined();
  });

  it('is told on one line that the audit takes, whatever it says', () => {
    expect(ruleText(rule({ match: { processes: ['NEW'] } }))).toBe(
      `pause rule ramadan: {"match":{"processes":["NEW"]},"until":"${UNTIL}","after":"resume"}`,
    );
    const centers = Array.from({ length: 40 }, (_none, index) => String(10_001 + index));
    const texts = [rule({ match: { centers } }), rule({ match: { centers }, after: 'stop' })].map(ruleText);
    expect(new Set(texts).size).toBe(2);
    for (const text of [...texts, ruleText(rule({ match: { when: { fact: 'country.region', is: 'شمال' } } }))])
      expect(text).toMatch(/^pause rule ramadan: [\x20-\x7e]{1,180}$/);
  });

  it.each([
    ['no end', { until: undefined }],
    ['an end before its beginning', { from: UNTIL }],
    ['a fact that there is not', { match: { when: { fact: 'shoeSize', is: 44 } } }],
    ['a name in capitals', { name: 'Ramadan' }],
    ['nothing in a list', { match: { centers: [] } }],
  ])('with %s is not taken', (_what, change) => {
    const given = { name: 'ramadan', match: {}, until: UNTIL, after: 'resume', ...change };
    expect(pauseRuleSchema.safeParse(given).success).toBe(false);
  });
});

describe('the pause rules of a core', () => {
  let folder: string;
  let store: Store;
  let database: Database;
  beforeEach(async () => {
    folder = await mkdtemp(join(quickTmpdir(), 'enroute-rules-'));
    store = await openStore({ folder, onFatal: () => undefined });
    database = await store.database('rules');
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  it('are set, set anew, listed and removed by name', async () => {
    await setPauseRule(rule(), 'amina', database, NOW);
    await setPauseRule(rule({ after: 'stop' }), 'cli:root', database, NOW);
    const listed = await listPauseRules(database);
    expect(listed).toMatchObject([{ rule: { name: 'ramadan', after: 'stop' }, by: 'cli:root', at: NOW.toISOString() }]);
    await removePauseRule('ramadan', database);
    expect(await listPauseRules(database)).toEqual([]);
    await expect(removePauseRule('ramadan', database)).rejects.toMatchObject({ code: 'ENR-ACT-004' });
  });

  it('hold a registration once each, however many there can be', async () => {
    const names = Array.from({ length: 100 }, (_none, index) => `rule-${index}`);
    const docs = names.map((name) => ({ _id: name, v: 1, rule: rule({ name }), by: 'amina', at: NOW.toISOString() }));
    await database.write(docs);
    await expect(setPauseRule(rule(), 'amina', database, NOW)).rejects.toMatchObject({ code: 'ENR-ACT-005' });
    const gate = gateOf(...(await listPauseRules(database)).map((stored) => stored.rule));
    let registration = inFlow;
    for (const _name of names) {
      const held = gate(registration, NOW);
      if (held?.kind !== 'park' || !held.pause) throw new Error('It was to be held.');
      const { pause } = held;
      const immune = immuneAfter({ ...registration, parked: { reason: 'paused', until: UNTIL, pause } });
      registration = { ...registration, immune };
    }
    expect(gate(registration, NOW)).toBeUndefined();
  });

  it('go on holding while one among them can not be read, which the log names', async () => {
    await setPauseRule(rule(), 'amina', database, NOW);
    await database.write([{ _id: 'newer', v: 2 } as Doc]);
    const errors: unknown[] = [];
    const watched = await watchPauseRules(database, {
      ...silent,
      error: (what: unknown) => errors.push(what),
    } as never);
    expect(watched.rules()).toEqual([rule()]);
    expect(errors).toEqual([{ rule: 'newer' }]);
    await watched.stop();
  });

  it('are followed by whoever watches them', async () => {
    const watched = await watchPauseRules(database, silent);
    expect(watched.rules()).toEqual([]);
    await setPauseRule(rule(), 'amina', database, NOW);
    await vi.waitFor(() => expect(watched.rules()).toEqual([rule()]), { timeout: 5_000 });
    await watched.stop();
  });
});
