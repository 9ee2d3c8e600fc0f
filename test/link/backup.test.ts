import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeBackup } from '@enroute/core/backup/take-backup.ts';
import { verifyBackup } from '@enroute/core/backup/verify-backup.ts';
import { describe, expect, it } from 'vitest';
import { openCountry } from './country.fixture.ts';

const WITHIN = { timeout: 60_000 };

describe('a backup of a core at work', () => {
  it('is a core again after the loss of the first, and nothing that was acknowledged is lost', {
    timeout: 180_000,
  }, async () => {
    const country = await openCountry();
    const backup = join(country.folder, 'taken');
    await country.enrol(0, 1, 2, 3, 4, 5);
    country.link().open();
    // Some are answered, some are on their way.
    const ended = async (): Promise<number> =>
      (await country.items()).filter(({ state }) => state === 'TERMINAL').length;
    await expect.poll(ended, WITHIN).toBeGreaterThan(0);
    const taking = takeBackup(join(country.folder, 'core'), backup, new Date());
    const { rids } = await country.enrol(6, 7);
    expect(rids).toHaveLength(2);
    const taken = await taking;
    expect(taken.damaged).toEqual([]);
    await verifyBackup(backup);
    await expect.poll(ended, WITHIN).toBe(8);

    await country.restoreFrom(backup);
    country.link().open();
    const conservation = async () => {
      const { holds, heaps } = await country.core().conservation();
      return { holds, terminal: heaps.terminal, deadLettered: heaps.deadLettered };
    };
    await expect.poll(conservation, WITHIN).toEqual({ holds: true, terminal: 8, deadLettered: 0 });
    await expect.poll(ended, WITHIN).toBe(8);
  });

  it('that was killed halfway is none, and one with a damaged file is refused by its name', {
    timeout: 120_000,
  }, async () => {
    const country = await openCountry();
    await country.enrol(0);
    country.link().open();
    const heard = async (): Promise<number> => (await country.core().conservation()).heaps.terminal;
    await expect.poll(heard, WITHIN).toBe(1);
    const core = join(country.folder, 'core');

    const halfway = join(country.folder, 'halfway');
    await backUpUntilKilled(core, halfway);
    await expect(verifyBackup(halfway)).rejects.toMatchObject({ code: 'ENR-BAK-002' });
    await expect(country.restoreFrom(halfway)).rejects.toMatchObject({ code: 'ENR-BAK-002' });

    const whole = join(country.folder, 'whole');
    await takeBackup(core, whole, new Date());
    await expect(takeBackup(core, whole, new Date())).rejects.toMatchObject({ code: 'ENR-BAK-001' });
    for (const path of ['store/registrations.sqlite', 'core-keys.json', await packetIn(whole)]) {
      const damaged = join(country.folder, 'damaged');
      await cp(whole, damaged, { recursive: true });
      const file = await open(join(damaged, path), 'r+');
      await file.write(Buffer.from([0x5a]), 0, 1, 40);
      await file.close();
      await expect(verifyBackup(damaged)).rejects.toMatchObject({ code: 'ENR-BAK-003', detail: path });
      await rm(damaged, { recursive: true });
    }
    await writeFile(join(whole, 'backup.ndjson'), '{"backup":1,"at":"2026-03-01T00:00:00.000Z"}\n');
    await expect(verifyBackup(whole)).rejects.toMatchObject({ code: 'ENR-BAK-002' });
  });
});

async function packetIn(backup: string): Promise<string> {
  const [shelf = ''] = await readdir(join(backup, 'vault'));
  const [packet = ''] = await readdir(join(backup, 'vault', shelf));
  return `vault/${shelf}/${packet}`;
}

/** A process that is killed as soon as it has written something. */
async function backUpUntilKilled(core: string, to: string): Promise<void> {
  const script = join(import.meta.dirname, 'back-up-until-killed.ts');
  const child = spawn(process.execPath, [script, core, to], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await expect
    .poll(async () => (await readdir(join(to, 'store')).catch(() => [])).length, { timeout: 30_000, interval: 1 })
    .toBeGreaterThan(0);
  child.kill('SIGKILL');
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
}
