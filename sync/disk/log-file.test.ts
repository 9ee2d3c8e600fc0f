import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLogFile } from './log-file.ts';

const FULL = '/dev/full';

describe('a log file', () => {
  it('holds each line as soon as it is written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'enroute-log-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    openLogFile(join(folder, 'a.log')).info({ rid: '1' }, 'said');
    expect(JSON.parse(await readFile(join(folder, 'a.log'), 'utf8'))).toMatchObject({ rid: '1', msg: 'said' });
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
