import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rngOf } from '../simulation/people/rng.ts';
import { runDemo } from './run-demo.fixture.ts';

const SAMPLE =
  process.env.ENROUTE_SAMPLE_PACKET ?? resolve(import.meta.dirname, '../../../shared/samples/mosip-packet');
const sampleIsHere = existsSync(join(SAMPLE, 'id/ID.json'));

let base = '';
beforeAll(async () => {
  base = await mkdtemp(join(quickTmpdir(), 'enroute-demo-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

const folder = (name: string): string => join(base, name);

describe('the main job', () => {
  it('takes everyone from a desk without a link to an answer, as planned', { timeout: 60_000 }, async () => {
    const { exitCode, output } = await runDemo(['--people', '12', '--folder', folder('whole')]);
    expect(output).toContain('All came out as planned.');
    expect(exitCode).toBe(0);
    expect(output).toMatch(/goes on from [1-9]\d* of \d+ KiB/);
    expect(output.match(/COMPLETED │ UIN [2-9]\d{9} /g)).toHaveLength(11);
    expect(output.match(/REJECTED .*ENR-DDP-001/g)).toHaveLength(1);
    expect(output).toMatch(/task +\d{29}: capture again LEFT_/);
    expect(output).toContain('13 = 13 + 0 + 0 + 0   holds');
  });

  it('leaves no name, number or key in its log', { timeout: 60_000 }, async () => {
    const [run = ''] = await readdir(folder('whole'));
    const log = await readFile(join(folder('whole'), run, 'enroute.log'), 'utf8');
    const job = JSON.parse(await readFile(join(folder('whole'), run, 'job.json'), 'utf8'));
    expect(log).toContain('packet received');
    for (const secret of [job.corePassphrase, job.stationPassphrase, job.operatorPassword]) {
      expect(log).not.toContain(secret);
    }
    expect(log).not.toMatch(/fullName|dateOfBirth|secretKey|Bearer|"level":[56]0/);
  });

  it.skipIf(!sampleIsHere)(
    `enrols real packet contents${sampleIsHere ? '' : ' (skipped: the sample packet is not beside the project)'}`,
    { timeout: 60_000 },
    async () => {
      const { exitCode, output } = await runDemo(['--people', '0', '--from', SAMPLE, '--folder', folder('real')]);
      expect(output).toContain('MOSIP_DATA_HASH_MISMATCH');
      expect(output).toMatch(/COMPLETED │ UIN [2-9]\d{9} .*real packet contents/);
      expect(exitCode).toBe(0);
    },
  );

  it('is done twice at the same time on one machine', { timeout: 90_000 }, async () => {
    const runs = ['one', 'other'].map((name) => runDemo(['--people', '4', '--folder', folder(name)]));
    for (const { exitCode, output } of await Promise.all(runs)) {
      expect(output).toContain('All came out as planned.');
      expect(exitCode).toBe(0);
    }
  });

  it('says so when there is no run to take up', { timeout: 60_000 }, async () => {
    const { exitCode, output } = await runDemo(['--resume', '--people', '1', '--folder', folder('none')]);
    expect(output).toContain('there is no run to take up; this is a new one');
    expect(exitCode).toBe(0);
  });
});

describe('the main job, killed at any moment and taken up again', () => {
  const random = rngOf('kill', 1);
  const rounds = [1, 2, 3, 4].map((round) => ({
    round,
    kills: [random.between(300, 4_300), random.between(300, 3_300)],
  }));

  it.each(rounds)(
    'round $round, after $kills ms: everyone ends once',
    { timeout: 90_000 },
    async ({ round, kills }) => {
      const where = ['--people', '6', '--folder', folder(`kill-${round}`)];
      const [first = 0, second = 0] = kills;
      await runDemo(where, first);
      await runDemo(['--resume', ...where], second);
      const { exitCode, output } = await runDemo(['--resume', ...where]);
      expect(output).toContain('All came out as planned.');
      expect(output).toContain('7 = 7 + 0 + 0 + 0   holds');
      expect(exitCode).toBe(0);
    },
  );
});
