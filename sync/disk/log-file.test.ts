import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLog, openLogFile } from './log-file.ts';

const FULL = '/dev/full';

describe('a log file', () => {
  it('holds each line as soon as it is written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'enroute-log-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    openLogFile(join(folder, 'a.log')).info({ rid: '1' }, 'said');
    expect(JSON.parse(await readFile(join(folder, 'a.log'), 'utf8'))).toMatchObject({ rid: '1', msg: 'said' });
  });

  it.each<[string, (log: Logger, error: Error) => void]>([
    ['under err', (log, err) => log.error({ err }, 'said')],
    ['under another name', (log, error) => log.error({ error, nested: { of: [error] } }, 'said')],
    ['alone', (log, error) => log.error(error)],
    ['alone, with words', (log, error) => log.error(error, 'said')],
    ['without words', (log, err) => log.error({ err })],
    ['of a child', (log, err) => log.child({ room: 'core' }).fatal({ err }, 'said')],
    ['in what a child always says', (log, err) => log.child({ err }).info('said')],
  ])('holds the summary of an error and nothing that is attached to it: %s', (_, write) => {
    const lines: string[] = [];
    const attached = { request: { headers: { authorization: 'planted' } }, input: 'planted' };
    write(openLog({ write: (line) => lines.push(line) }), Object.assign(new SyntaxError('planted'), attached));
    expect(lines).toHaveLength(1);
    expect(lines.join()).toMatch(/"type":"SyntaxError".*log-file\.test\.ts/);
    expect(lines.join()).not.toContain('planted');
    expect(JSON.parse(lines.join())).toHaveProperty('msg');
  });

  it.skipIf(!existsSync(FULL))(
    `loses lines on a full disk, and nothing else${existsSync(FULL) ? '' : ' (skipped: there is no /dev/full here)'}`,
    async () => {
      const log = openLogFile(FULL);
      for (let line = 0; line < 100; line += 1) log.error('no room for this');
      await sleep(50);
      expect(() => log.error('nor for this')).not.toThrow();
    },
  );
});
