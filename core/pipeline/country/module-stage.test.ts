import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { pino } from 'pino';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { loadPackets } from '../packet-loader.ts';
import { enrolmentOf, NOW, openTestCore, registrationOf, ridOf, type TestCore } from '../pipeline.fixture.ts';
import { runStage } from '../run-stage.ts';
import type { Stage, Work } from '../stage.ts';
import { loadModuleStage } from './module-stage.ts';
import { countryStageSchema } from './stage-config.ts';

const success = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
const words = { en: { sentence: 'It is not right.', next: 'Look again.' } };

let core: TestCore;
let packets: Work['packets'];
beforeAll(async () => {
  core = await openTestCore();
  const arrived = await core.arrive({ enrolment: enrolmentOf(7) });
  const opened = await loadPackets(arrived, core.vault, core.keyFor);
  packets = opened;
  return () => core.dispose();
});

interface Loaded {
  readonly stage: Stage;
  readonly logged: Record<string, unknown>[];
}

/** @param body of a function that gets `context` and returns the stage */
async function load(body: string, options = {}): Promise<Loaded> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-module-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'stage.ts');
  await writeFile(path, body);
  const codes = [{ code: 'UT-RES-001', tells: 'ENR-CTY-002', words }];
  const config = countryStageSchema.parse({ name: 'residence', module: path, options, codes });
  const logged: Record<string, unknown>[] = [];
  const log = pino({ base: null }, { write: (line: string) => logged.push(JSON.parse(line)) });
  return { stage: await loadModuleStage({ ...config, module: path }, { now: () => NOW, log }), logged };
}

const pure = (decide: string, more = ''): string => `export default (context) => ({
  name: 'residence', kind: 'pure', outcomes: ['next', 'branch', 'reject'], branches: ['foreign'], facts: ['born'],
  decide: (work, now) => { ${decide} }, ${more}
});`;

const effect = (perform: string): string => `export default () => ({
  name: 'residence', kind: 'effect', reads: true, outcomes: ['next'],
  perform: async (works, now) => { ${perform} },
});`;

function workOf(sequence = 1): Work {
  const facts = { ageGroup: 'ADULT' as const, country: { before: 1 } };
  return { registration: { ...registrationOf(ridOf(sequence), { facts }), _rev: '1-a' }, verdict: success, packets };
}

const run = async ({ stage }: Loaded, works = [workOf()]) => runStage(stage, works, 1_000, () => NOW);

describe('a module of the country', () => {
  it('decides from what it is shown', async () => {
    const loaded = await load(
      pure(`
        if (work.rid.length !== 29 || work.process !== 'NEW' || now.getUTCFullYear() !== 2026) throw new Error();
        const year = Number(work.identity().dateOfBirth.slice(0, 4));
        return { outcome: 'next', facts: { born: year + context.options.plus } };
      `),
      { plus: 1000 },
    );
    const [outcome] = await run(loaded);
    expect(outcome).toMatchObject({ kind: 'next' });
    expect(JSON.stringify(outcome)).toMatch(/"born":[23]\d{3}/);
  });

  it('takes a branch, refuses with a code of the country, and may ask to come again', async () => {
    expect(await run(await load(pure(`return { outcome: 'branch', branch: 'foreign' }`)))).toEqual([
      { kind: 'branch', branch: 'foreign' },
    ]);
    expect(await run(await load(pure(`return { outcome: 'reject', code: 'UT-RES-001' }`)))).toEqual([
      { kind: 'reject', code: 'ENR-CTY-002', facts: { country: { refusal: 'UT-RES-001' } } },
    ]);
    expect(await run(await load(pure(`return { outcome: 'retry' }`)))).toMatchObject([
      { kind: 'retry', code: 'ENR-STG-006' },
    ]);
  });

  it.each([
    ['returns nothing', ''],
    ['returns a promise', `return Promise.resolve({ outcome: 'next' })`],
    ['returns an outcome that there is not', `return { outcome: 'approve' }`],
    ['names a branch that it has not declared', `return { outcome: 'branch', branch: 'x' }`],
    ['finds a fact that it has not declared', `return { outcome: 'next', facts: { name: 'Amina' } }`],
    ['finds a fact that is an object', `return { outcome: 'next', facts: { born: {} } }`],
    ['refuses with a code that is not declared', `return { outcome: 'reject', code: 'ENR-DDP-001' }`],
    ['throws', `throw new RangeError('Amina was not found')`],
    ['throws what is no error', `throw 'Amina'`],
  ])('that %s costs the registration a retry, and the person is named nowhere', async (_what, decide) => {
    const outcomes = await run(await load(pure(decide)));
    expect(outcomes).toMatchObject([{ kind: 'retry', code: 'ENR-STG-007' }]);
    expect(JSON.stringify(outcomes)).not.toContain('Amina');
  });

  it('can not change the registration that it looks at', async () => {
    const work = workOf();
    await run(await load(pure(`work.facts.ageGroup = 'INFANT'; return { outcome: 'next' }`)), [work]);
    expect(work.registration.facts.ageGroup).toBe('ADULT');
  });

  it('that fails for one registration does not fail for the others', async () => {
    const perform = `
      if (works.some(({ rid }) => rid === '${ridOf(2)}')) throw new Error('one of them');
      return works.map(() => ({ outcome: 'next' }));`;
    expect(await run(await load(effect(perform)), [workOf(1), workOf(2), workOf(3)])).toMatchObject([
      { kind: 'next' },
      { kind: 'retry', code: 'ENR-STG-007' },
      { kind: 'next' },
    ]);
  });

  it('that gives too few answers gives none', async () => {
    const loaded = await load(effect(`return works.slice(1).map(() => ({ outcome: 'next' }))`));
    expect(await run(loaded, [workOf(1), workOf(2)])).toMatchObject([{ code: 'ENR-STG-007' }, { code: 'ENR-STG-007' }]);
  });

  it('logs words, numbers, yes and no, and no text', async () => {
    const log = `
      context.log.warn('impossible-age', { years: 140, isOld: true, name: 'Amina' });
      context.log.info('Amina was here', {});
      return { outcome: 'next' };`;
    const loaded = await load(pure(log));
    await run(loaded);
    expect(loaded.logged).toMatchObject([
      { msg: 'impossible-age', stage: 'residence', told: { years: 140, isOld: true } },
    ]);
    expect(JSON.stringify(loaded.logged)).not.toContain('Amina');
  });

  it.each([
    ['exports nothing', `export const stage = 1;`, 'no function'],
    ['does not compile', `export default (`, ''],
    ['throws', `export default () => { throw new Error('no list'); };`, 'no list'],
    ['calls itself otherwise', pure('').replace("name: 'residence'", "name: 'other'"), 'calls itself'],
    ['is of no kind', pure('').replace("kind: 'pure'", "kind: 'both'"), 'kind'],
    ['has no outcomes', pure('').replace(/outcomes: \[.*?\]/, 'outcomes: []'), 'outcomes'],
    ['wants to wait', pure('').replace("'next', 'branch'", "'park', 'branch'"), 'outcomes'],
    ['has a branch and no name for it', pure('').replace("branches: ['foreign'],", ''), 'branches'],
    ['declares the fact that is kept', pure('').replace("facts: ['born']", "facts: ['refusal']"), 'facts'],
    ['decides nothing', pure('').replace('decide:', 'decides:'), 'decide'],
    ['has more than a stage has', pure('', 'keys: 1'), 'keys'],
  ])('that %s is not taken', async (_what, body, said) => {
    const loading = load(body);
    await expect(loading).rejects.toMatchObject({ code: 'ENR-STG-008' });
    await expect(loading).rejects.toThrow(said);
  });
});
