import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOW, silent } from '../pipeline.fixture.ts';
import { loadCountryStages } from './load-country-stages.ts';
import { countryStagesSchema } from './stage-config.ts';

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, nth) => `${prefix}${nth}`);

/** Two stages, of which each declares as many facts as are said. */
async function load(ofModule: number, ofService: number): Promise<readonly string[]> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-stages-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const module = join(folder, 'stage.ts');
  const facts = JSON.stringify(names('m', ofModule));
  await writeFile(
    module,
    `export default () => ({ name: 'own', kind: 'pure', outcomes: ['next'], facts: ${facts}, decide: () => {} });`,
  );
  const service = (name: string, declared: readonly string[]) => ({
    name,
    service: {
      ...{ url: 'http://127.0.0.1:1/', secretFrom: 'ENROUTE_STAGE_ANY_SECRET', sends: ['rid'] },
      facts: declared,
    },
  });
  const all = names('s', ofService);
  const stages = countryStagesSchema.parse([
    { name: 'own', module },
    service('first', all.slice(0, 16)),
    // What two of them find out under one name is one fact.
    service('second', ['m0', ...all.slice(16)]),
  ]);
  const secrets = new Map([
    ['first', 'x'.repeat(32)],
    ['second', 'x'.repeat(32)],
  ]);
  const keys = { storage: new Uint8Array(32) };
  const loaded = await loadCountryStages({ stages, secrets, keys, now: () => NOW, log: silent });
  await loaded.stop();
  return loaded.stages.flatMap((stage) => stage.facts ?? []);
}

describe("a country's stages together", () => {
  it('find out no more than a registration holds, its refusal among it, modules and services alike', async () => {
    expect(new Set(await load(15, 16)).size).toBe(31);
    await expect(load(16, 16)).rejects.toThrow('all stages together may find out 31 facts, and declare 32');
  });
});
